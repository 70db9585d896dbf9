// For imports that name linmem.mjs by its path; the types are in linmem.d.ts.
export * from './linmem.js';
