// The front door: who work is for, and what can go wrong. Everything else has a door of its own.
export * from './context/index.js';
export * from './errors/index.js';
