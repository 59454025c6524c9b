import { describeEntry } from '../suites/entry.suite.ts';
import { openOnCloudBase } from '../support/bed-on-cloudbase.ts';

describeEntry('callFunction with CloudBase’s database behind it', openOnCloudBase);
