// The completion script for bash. Our own: that of @bomb.sh/tab needs the package bash-completion, can't be sourced twice,
// and evaluates what was typed and what is offered, where a run's name may be `$(…)`.

/** For bash and zsh: where no `heddle` is installed for all, that of the folder, or of one above, as npx finds it. */
export const LOCAL_FUNCTION: string = String.raw`if ! command -v heddle >/dev/null 2>&1; then
  heddle() {
    local folder="$PWD"
    while [ -n "$folder" ]; do
      if [ -x "$folder/node_modules/.bin/heddle" ]; then
        "$folder/node_modules/.bin/heddle" "$@"
        return
      fi
      folder="\${folder%/*}"
    done
    echo "heddle: it isn't installed in $PWD or above: npm install heddle" >&2
    return 127
  }
fi`

/** Words split at `=` by readline are put together again, and offered without what is in front of the last piece. */
export const BASH_SCRIPT: string = String.raw`# bash completion for heddle
${LOCAL_FUNCTION}
_heddle() {
  local word line value glued= directive=0 current="\${COMP_WORDS[COMP_CWORD]}"
  local -a words=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( -n $glued || $word == '=' ) ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    glued=
    [[ $word == '=' ]] && glued=1
  done
  [[ $current == '=' ]] && current=
  local front="\${words[\${#words[@]}-1]}"
  front="\${front%"$current"}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive="\${line#:}"
      continue
    fi
    value="\${line%%$'\t'*}"
    printf -v value '%q' "\${value#"$front"}"
    COMPREPLY+=("$value")
  done < <(heddle complete -- "\${words[@]}" 2>/dev/null)
  # 0: the shell may offer files.
  [[ $directive == 0 ]] || compopt +o default 2>/dev/null
  return 0
}
complete -o default -F _heddle heddle
# npx heddle ...: as if npx weren't there. Who completes npx already goes on doing so.
_heddle_npx() {
  [[ "\${COMP_WORDS[1]}" == heddle && $COMP_CWORD -ge 2 ]] || return 0
  COMP_WORDS=("\${COMP_WORDS[@]:1}")
  COMP_CWORD=$((COMP_CWORD - 1))
  _heddle
}
complete -p npx >/dev/null 2>&1 || complete -o default -F _heddle_npx npx
`.replaceAll(String.raw`\$`, '$')
