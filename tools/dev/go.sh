# Sourced: go_tool runs a Go that is new enough for what we build from modules. Debian 12 has an
# older one, which can fetch a newer one as a module, checked against the public checksum database.
go_wanted=1.26

# go_is_new_enough COMMAND
go_is_new_enough() {
    local version
    version="$("$1" env GOVERSION 2>/dev/null)" || return 1
    [ "$(printf '%s\n' "$go_wanted" "${version#go}" | sort -V | head -n 1)" = "$go_wanted" ]
}

find_go() {
    if command -v go >/dev/null && go_is_new_enough go; then
        command -v go
        return 0
    fi
    command -v go >/dev/null || die "Go is missing: install the package golang-go"
    local module=golang.org/toolchain@v0.0.1-go1.26.0.linux-amd64 folder
    folder="$(cd /tmp && GO111MODULE=on go mod download -json "$module" |
        sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')"
    [ -n "$folder" ] || die "a newer Go cannot be fetched: is the module proxy reachable?"
    # Modules are unpacked without the right to execute.
    chmod -R u+w "$folder/bin" "$folder/pkg/tool"
    find "$folder/bin" "$folder/pkg/tool" -type f -exec chmod u+x {} +
    printf '%s\n' "$folder/bin/go"
}

go_tool() {
    local go
    go="$(find_go)" || return 1
    GOTOOLCHAIN=local nice "$go" "$@"
}
