<%doc>Runs the proofs again. Needs: commands: (file, command).</%doc>\
#!/bin/sh
# Runs every proof of this folder again, without Gatesmith: needs CBMC. A unit is proved where the only properties that
# fail are its marks "reached: ...", which show that what it assumes does not contradict itself.
cd "$(dirname "$0")" || exit 1
wrong=0
check() {
    file=$1
    shift
    if "$@" > "$file.log" 2>&1; then
        echo "$file: its end is not reached"; wrong=1
    elif ! grep -q 'reached: the end: FAILURE' "$file.log"; then
        echo "$file: no answer"; wrong=1
    elif grep ': FAILURE' "$file.log" | grep -qv ' reached: '; then
        echo "$file: not proved"; wrong=1
    else
        echo "$file: proved"
    fi
}
% for file, command in commands:
check ${file} ${command}
% endfor
exit $wrong
