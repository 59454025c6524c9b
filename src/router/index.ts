export { type ComposedMiddleware, compose, type Middleware, type Next } from './compose.ts';
export { RouteError, Router, type ServeResult } from './router.ts';
export { type TcbContext, type TcbEvent, type TcbMiddleware, type TcbPath, TcbRouter } from './tcb-router.ts';
