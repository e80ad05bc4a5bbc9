/// bash takes a word apart at colons, at signs and equals signs, which strategies and images have.
public enum BashWords {
    /// What comes behind the generated script: a function that has the words of a command in one piece again, and takes from
    /// the answers what bash does not replace.
    public static func script(for command: String) -> String {
        """
        __\(command)_whole_words() {
            local line="${COMP_LINE}" word joined
            local -a whole=()
            local -i at=0 current=0 index
            for index in "${!COMP_WORDS[@]}"; do
                word="${COMP_WORDS[index]}"
                joined=false
                # Words with no blank between them are parts of one.
                if ((index > 1)) && [[ "${line:at:1}" != [[:space:]] && -n "${word}" ]]; then joined=true; fi
                while [[ "${line:at:1}" == [[:space:]] ]]; do at+=1; done
                at+="${#word}"
                if "${joined}"; then
                    whole[${#whole[@]}-1]+="${word}"
                else
                    whole+=("${word}")
                fi
                if ((index == COMP_CWORD)); then current=$((${#whole[@]} - 1)); fi
            done
            local part="${COMP_WORDS[COMP_CWORD]}"
            local -a COMP_WORDS=("${whole[@]}")
            local -i COMP_CWORD="${current}"
            local all="${whole[current]}"
            _\(command) "${1}" "${all}" "${whole[current-1]}"
            # An answer stands for the last part of the word only, whose beginning stays.
            case "${part}" in [:@=]) part="" ;; esac
            local start="${all%"${part}"}"
            if [[ -n "${start}" ]]; then
                for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]="${COMPREPLY[index]#"${start}"}"; done
            fi
        }
        complete -o filenames -F __\(command)_whole_words \(command)
        """
    }
}
