# Medians and tables; sourced by run. Each measurement is a file of one number a line.

now() { date +%s.%N; }

rate() { # count begun ended
    awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f\n", n / (b - a) }'
}

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

spread() { sort -n "$1" | awk 'NR == 1 { low = $1 } END { print low "–" $1 }'; }

grouped() { # 1234567: as 1,234,567
    sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$1"
}

table_head() { # what [unit of the figures, with the space before it; /s if absent]
    printf '| %s |' "$1"
    local side
    for side in $sides; do printf ' %s%s | spread |' "$side" "${2-/s}"; done
    printf ' ratio |\n|---|'
    for side in $sides; do printf -- '--:|--:|'; done
    printf -- '--:|\n'
}

table_row() { # label key: from the files $work/figures.KEY.SIDE
    local side file first= last=
    printf '| %s |' "$1"
    for side in $sides; do
        file=$work/figures.$2.$side
        last=$(median "$file")
        first=${first:-$last}
        printf ' %s | %s |' "$last" "$(spread "$file")"
    done
    awk -v a="$first" -v b="$last" 'BEGIN { printf " %.2f |\n", b / a }'
}
