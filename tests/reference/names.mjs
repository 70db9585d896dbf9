// Prints the public names of the JavaScript half, `ENTRY: KIND NAME`, as its types have them. Fails when an
// entry has others, or when the types say nothing of a class, of a member of one, or of a function.
//
// What the modules share among themselves is marked @internal in the code, and no public name.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from '../js/node_modules/typescript/lib/typescript.js';

const headers = fileURLToPath(new URL('../../include/linmem/', import.meta.url));
const folder = process.argv[2] ?? path.join(headers, 'js');
const entries = ['linmem', 'ring', 'services', 'shared_params'].filter((name) => fs.existsSync(path.join(folder, `${name}.mjs`)))
  .map((name) => ({ name: `${name}.mjs`, code: path.join(folder, `${name}.mjs`), types: path.join(folder, `${name}.d.mts`) }));
const { SymbolFlags } = ts;

const program = ts.createProgram(entries.flatMap(({ code, types }) => [code, types]), {
  allowJs: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: [],
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
});
const checker = program.getTypeChecker();

const isOurs = (symbol) => symbol.declarations?.some((d) => d.getSourceFile().fileName.startsWith(folder));
const isPublic = (symbol) => isOurs(symbol) && !/^__/.test(symbol.escapedName)
  && !symbol.getJsDocTags(checker).some(({ name }) => name === 'internal');
const isFunction = (symbol) =>
  checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0 && !(symbol.flags & SymbolFlags.Accessor);
const hasComment = (symbol) => symbol.getDocumentationComment(checker).length > 0;

function kindOf(symbol) {
  if (symbol.flags & SymbolFlags.Class) return 'class';
  if (symbol.flags & SymbolFlags.Interface) return 'interface';
  if (symbol.flags & SymbolFlags.TypeAlias) return 'type';
  return isFunction(symbol) ? 'function' : 'variable';
}

/** The public names behind an entry: {line, symbol, isCode: whether a program has it when it runs}. */
function namesOf(entry) {
  const names = [];
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))) {
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const kind = kindOf(symbol);
    const isCode = kind !== 'interface' && kind !== 'type';
    names.push({ line: `${kind} ${exported.name}`, symbol, isCode });
    if (kind !== 'class' && kind !== 'interface') continue;
    const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
    const statics = [...symbol.exports?.values() ?? []].filter(({ name }) => name !== 'prototype');
    for (const member of [...members, ...statics].filter(isPublic)) {
      const line = `${isFunction(member) ? 'method' : 'property'} ${exported.name}.${member.name}`;
      names.push({ line, symbol: member, isCode });
    }
  }
  return names;
}

// Properties that Tracker makes as it is constructed: the fields of tracker_block that C++ offers.
const tracker = fs.readFileSync(path.join(headers, 'tracker_exports.hpp'), 'utf8');
const figures = Array.from(tracker.matchAll(/\(tracker_block, (\w+)\)/g), ([, name]) => name);

const problems = [];
const names = new Set();
for (const entry of entries) {
  const types = namesOf(entry.types);
  const code = namesOf(entry.code).map(({ line }) => line);
  if (code.includes('class Tracker')) code.push(...figures.map((name) => `property Tracker.${name}`));
  const inCode = new Set(code);
  const inTypes = new Set(types.filter(({ isCode }) => isCode).map(({ line }) => line));
  problems.push(
    ...[...inCode].filter((line) => !inTypes.has(line)).map((line) => `no type says: ${entry.name}: ${line}`),
    ...[...inTypes].filter((line) => !inCode.has(line)).map((line) => `only the types say: ${entry.name}: ${line}`),
    ...types.filter(({ line, symbol, isCode }) => (isCode || !line.includes('.')) && !hasComment(symbol))
      .map(({ line }) => `no comment in the types: ${entry.name}: ${line}`),
  );
  for (const { line } of types) names.add(`${entry.name}: ${line}`);
}
if (problems.length > 0) {
  console.error(problems.sort().join('\n'));
  process.exit(1);
}
console.log([...names].join('\n'));
