import { authContract } from './auth.ts';
import { bucketContract } from './bucket.ts';
import { clientContract } from './client.ts';
import { healthContract } from './health.ts';
import { notificationContract } from './notification.ts';
import { objectContract } from './object.ts';
import { policyContract } from './policy.ts';
import type { RouteDefinition } from './route-contract.ts';

/** Its parts by their names, as in `contract.ts`. */
type FirstContract = typeof healthContract &
  typeof authContract &
  typeof bucketContract &
  typeof objectContract &
  typeof policyContract &
  typeof notificationContract &
  typeof clientContract;

/** What every event loads of the contract; the others are loaded when one of them is called. */
export const firstContract: FirstContract = {
  ...healthContract,
  ...authContract,
  ...bucketContract,
  ...objectContract,
  ...policyContract,
  ...notificationContract,
  ...clientContract,
} satisfies Readonly<Record<string, RouteDefinition>>;
