let loaded: Promise<ReadonlySet<string>> | undefined;

/**
 * The installed list of common passwords (some 49,000), in lower case. It is loaded when the first
 * password is chosen: neither the start of the server nor a log-in waits for it.
 */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'] as readonly string[]),
  );
  return loaded;
}
