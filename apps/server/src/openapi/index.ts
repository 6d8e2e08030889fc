export { Answers } from './answers.decorator.js';
export { type DeclaredRoute, listRoutes } from './list-routes.js';
export { OpenApiModule } from './openapi.module.js';
export { Refuses } from './refuses.decorator.js';
export { Revalidates } from './revalidates.decorator.js';
