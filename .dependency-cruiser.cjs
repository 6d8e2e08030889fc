// Who may import whom. Adding an arrow is a reviewed change to this file.
'use strict';

const LIBRARY = '^packages/ringfence/src';

/** Rooms of the library and the rooms that each may know; doors only (see the last library rule). */
const ARROWS = {
  errors: [],
  context: ['errors'],
  sql: ['errors'],
  postgres: ['errors', 'context', 'sql', 'telemetry'],
  prisma: ['errors', 'context', 'sql', 'postgres'],
  delivery: ['errors'],
  nest: ['errors', 'context', 'limits', 'telemetry'],
  telemetry: ['errors', 'context'],
  prometheus: ['telemetry'],
  'open-telemetry': ['errors', 'telemetry'],
  limits: ['errors', 'context', 'sql'],
  'access-patterns': ['errors', 'context', 'sql', 'delivery', 'telemetry'],
  permissions: ['errors'],
  migration: ['errors', 'sql', 'delivery'],
  auditor: ['errors', 'sql'],
  embedded: ['errors'],
  prover: ['errors', 'sql', 'auditor', 'signing'],
  signing: ['errors'],
  'audit-log': ['errors', 'context', 'sql', 'signing'],
  config: ['auditor', 'prover'],
  cli: [
    'errors',
    'sql',
    'postgres',
    'delivery',
    'migration',
    'auditor',
    'prover',
    'config',
    'audit-log',
    'context',
    'signing',
  ],
  testing: ['errors', 'context', 'sql', 'postgres', 'migration', 'embedded', 'auditor'],
};

const roomRules = Object.entries(ARROWS).map(([room, known]) => ({
  name: `room-${room}`,
  severity: 'error',
  comment: `The room ${room} may import only: ${known.join(', ') || 'nothing'}.`,
  from: { path: `${LIBRARY}/${room}/` },
  to: { path: `${LIBRARY}/`, pathNot: `${LIBRARY}/(${[room, ...known].join('|')})/` },
}));

/** Tests may reach into other rooms' fixtures; what ships may not. */
const TEST = '\\.(test|fixture)\\.ts$';

module.exports = {
  forbidden: [
    ...roomRules.map((rule) => ({ ...rule, from: { ...rule.from, pathNot: TEST } })),
    {
      name: 'rooms-meet-at-doors',
      severity: 'error',
      comment: 'A room is entered by its index.ts.',
      from: { path: `${LIBRARY}/([^/]+)/`, pathNot: TEST },
      to: {
        path: `${LIBRARY}/[^/]+/.+`,
        pathNot: [`${LIBRARY}/$1/`, `${LIBRARY}/[^/]+/index\\.ts$`],
      },
    },
    {
      name: 'pure-rooms-have-no-packages',
      severity: 'error',
      comment: 'errors, context, sql and permissions need nothing but Node.',
      from: { path: `${LIBRARY}/(errors|context|sql|permissions)/`, pathNot: TEST },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg'] },
    },
    {
      name: 'apps-use-published-doors',
      severity: 'error',
      comment: 'An application imports ringfence by its exports map, never by path.',
      from: { path: '^apps/' },
      to: {
        path: `${LIBRARY}/`,
        pathNot: [`${LIBRARY}/index\\.ts$`, `${LIBRARY}/[^/]+/index\\.ts$`],
      },
    },
    {
      name: 'server-ships-without-test-rooms',
      severity: 'error',
      comment:
        'Only the development start may know the embedded server; nobody ships the test room.',
      from: { path: '^apps/server/src/', pathNot: [TEST, '^apps/server/src/dev/'] },
      to: { path: `${LIBRARY}/(testing|embedded|migration)/` },
    },
    {
      name: 'features-meet-at-doors',
      severity: 'error',
      comment: 'A feature of the server is entered by its index.ts.',
      from: {
        path: '^apps/server/src/(organizations|users|projects|documents|auth|roles|members|api-keys|domains)/',
        pathNot: TEST,
      },
      to: {
        path: '^apps/server/src/(organizations|users|projects|documents|auth|roles|members|api-keys|domains)/',
        pathNot: ['^apps/server/src/$1/', '/index\\.ts$'],
      },
    },
    {
      name: 'source-does-not-import-tests',
      severity: 'error',
      from: { pathNot: [TEST, '/test/', '^e2e/'] },
      to: { path: [TEST, '/test/', '^e2e/'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-declared-packages',
      severity: 'error',
      comment: 'A package that is not in package.json works by accident.',
      from: { path: '^(packages|apps)/[^/]+/src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/generated/'] },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['ringfence-source', 'import', 'node', 'default', 'types'],
    },
  },
};
