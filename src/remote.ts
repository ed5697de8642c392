// The type of an object of another thread, as it looks from here. Comlink's own `Remote` isn't used: it names symbols of
// Comlink's that nobody here is to know, and promises more than what crosses.

/** A function of an object, called from another thread: the same arguments, and a promise of the result. */
type RemoteMember<Member> = Member extends (...parameters: infer Parameters) => infer Result
  ? (...parameters: Parameters) => Promise<Awaited<Result>>
  : Member extends object
    ? Remote<Member> & PromiseLike<Member>
    : PromiseLike<Member>

/**
 * An object of another thread. Its methods return promises, its properties are awaited: `await remote.size`.
 *
 * Arguments and results are copied; a function that is given as an argument is called where it came from, and returns a
 * promise there. Errors arrive whole.
 */
export type Remote<Api> = { readonly [Key in keyof Api]: RemoteMember<Api[Key]> }
