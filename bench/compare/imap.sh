# What an IMAP server does in a second for 8 connections, beside Dovecot (mdbox). Both say OK when what they did is on disk, flags as well: of Dovecot
# that is mail_fsync = always. By default it would sync what is appended and removed, but not flags.
echo "## IMAP: 8 connections, mails of 4 KiB, mailboxes of 2,000"
echo
[ -x /usr/lib/dovecot/imap ] || { echo "bench: dovecot is missing; ./test installs it" >&2; exit 1; }
sides=${chosen:-dovecot posthorn}
SECONDS_EACH=${SECONDS_EACH:-3}
build_bench

start_dovecot() {
    local home=$work/dovecot
    rm -rf "$home"
    mkdir -p "$home"/{run,state,mail,home}
    chown mail "$home/mail" "$home/home"
    port=$(free_port)
    cat >"$home/dovecot.conf" <<CONF
base_dir = $home/run
state_dir = $home/state
log_path = $home/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = root
default_internal_group = root
default_login_user = dovenull
first_valid_uid = 1
first_valid_gid = 1
mail_location = mdbox:$home/mail/%u
mail_uid = mail
mail_gid = mail
mail_fsync = always
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$home/home/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  # What Dovecot's documentation calls the high-performance mode: login processes stay.
  service_count = 0
  process_min_avail = 2
  inet_listener imap {
    port = $port
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 0
  process_min_avail = 8
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
    dovecot -F -c "$home/dovecot.conf" >"$home/out" 2>&1 &
    dovecot_id=$!
    started+=(stop_dovecot)
    await listens "$port"
}

stop_dovecot() {
    kill "$dovecot_id" 2>/dev/null
    wait "$dovecot_id" 2>/dev/null
}

for round in $(seq "$ROUNDS"); do
    for side in $sides; do
        if [ "$side" = posthorn ]; then
            start_posthorn none
            port=$imap_port
        else
            start_dovecot
        fi
        bench imap "$port" "$SECONDS_EACH" ${ROWS:+"${ROWS// /,}"} >"$work/rows"
        while read -r kind row figure; do echo "$figure" >>"$work/$kind.$row.$side"; done <"$work/rows"
        stop_all
    done
done
for file in "$work"/ROW.*; do mv "$file" "$work/figures.${file##*/ROW.}"; done
echo "Dovecot $(dovecot --version | cut -d' ' -f1): mdbox, mail_fsync = always. One client for both, on the same cores: it sends, counts bytes and waits for the tagged line. Messages a second but for logins and selects."
echo
table_head "work"
rows="logins append select fetch-flags fetch-envelope fetch-headers fetch-bodies search-header store store+expunge"
for row in $rows; do [ ! -e "$work/figures.$row.${sides%% *}" ] || table_row "$row" "$row"; done
echo
for side in $sides; do
    printf 'Of the %s cores the client took, %s:' "$(nproc)" "$side"
    for row in $rows; do [ ! -e "$work/CLIENT.$row.$side" ] || printf ' %s %s' "$row" "$(median "$work/CLIENT.$row.$side")"; done
    echo
done
for side in $sides; do
    [ ! -e "$work/figures.idle-ms.$side" ] || echo "IDLE, from an APPEND being sent to another session being told, $side: $(median "$work/figures.idle-ms.$side") ms"
done
