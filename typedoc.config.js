// The API reference: one page of Markdown for each entry point of the package, made of the comments in the code.

import { OptionDefaults } from 'typedoc'

/** What the JSON Schemas of the control server are made from besides the types. */
const SCHEMA_TAGS = ['@asType', '@maxItems', '@maxLength', '@maximum', '@minItems', '@minLength', '@minimum']

/** @type {import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions} */
export default {
  name: 'Heddle',
  entryPoints: [
    'src/index.ts',
    'actors/index.ts',
    'src/control/client/index.ts',
    'src/sweep/index.ts',
    'src/cluster/index.ts',
    'src/process/index.ts',
  ],
  tsconfig: 'tsconfig.build.json',
  plugin: ['typedoc-plugin-markdown'],
  out: 'docs/api',
  readme: 'none',
  router: 'module',
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  blockTags: [...OptionDefaults.blockTags, ...SCHEMA_TAGS],
  // Types that only spell out another one, and options of constructors that apps don't call.
  intentionallyNotExported: [
    'AnyDefinition',
    'AnyFunction',
    'BuiltIn',
    'Count',
    'Flat',
    'KnownOf',
    'MaybeSchema',
    'NoFunction',
    'RemoteMember',
    'Scalar',
    'SchemaInput',
    'SchemaOutput',
    'Several',
    'Stopped',
    'SweepContext',
    'ValueOf',
    'Writable',
    'ActionAbortedErrorOptions',
    'HeddleErrorOptions',
    'ThreadLostErrorOptions',
    'ReportedIssue',
  ],
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
}
