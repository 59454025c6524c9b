import { itSurvivesKills } from '../suites/kill.suite.ts';

itSurvivesKills('the file stores', 100, () => ({}));
