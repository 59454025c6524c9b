import { authContract } from './auth.ts';
import { bucketContract } from './bucket.ts';
import { clientContract } from './client.ts';
import { healthContract } from './health.ts';
import { notificationContract } from './notification.ts';
import { objectContract } from './object.ts';
import { policyContract } from './policy.ts';
import type { RouteDefinition } from './route-contract.ts';

/** What every event loads of the contract; the others are loaded when one of them is called. */
export const firstContract = {
  ...healthContract,
  ...authContract,
  ...bucketContract,
  ...objectContract,
  ...policyContract,
  ...notificationContract,
  ...clientContract,
} as const satisfies Readonly<Record<string, RouteDefinition>>;
