export { FrontPageModule } from './front-page.module.js';
