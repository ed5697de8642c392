// Where the files of this package are that are found by their paths: what threads and child processes load, and the console.

/**
 * The folder of the package, with a slash at its end; `undefined` where this module has no URL, in a bundle of CommonJS.
 *
 * Shipped, this file is part of one in `dist/chunks`; compiled by itself, it is in `build/src`.
 */
export function packageRoot(): URL | undefined {
  const base: string | undefined = import.meta.url
  return base === undefined ? undefined : new URL('../../', base)
}

/** A file of the package, by its path in it. A path that is wrong, in a bundle, leads to a file that isn't there. */
export function packageFile(path: string): URL {
  return new URL(path, packageRoot() ?? 'file:///bundled-without-its-files/')
}
