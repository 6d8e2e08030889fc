export { BackgroundModule } from './background.module.js';
export { BackgroundWork } from './background-work.js';
