// The completion script for bash. Our own: that of @bomb.sh/tab needs the package bash-completion, can't be sourced twice,
// and evaluates what was typed and what is offered, where a run's name may be `$(…)`.

/** Words split at `=` by readline are put together again, and offered without what is in front of the last piece. */
export const BASH_SCRIPT: string = String.raw`# bash completion for heddle
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
`.replaceAll(String.raw`\$`, '$')
