import { describeTwoServers } from '../../suites/two-servers.suite.ts';

describeTwoServers('the same folder', () => ({}));
