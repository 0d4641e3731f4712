#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 60
#
# Control: every command of dittoctl, its JSON and its refusals; apply is all or
# nothing; root of a container sees and changes nothing; each network namespace has
# a server of its own. What the kernel does with what dittoctl would never send
# is 06-netlink.t's.

. "$(dirname "$0")/tools.sh"

STATE=$TMP/state
export DITTO_STATE_DIR=$STATE

# json COMMAND...: its answer is JSON; prints it on one line.
json() { dittoctl "$@" --json | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)))'; }

# in_json EXPRESSION COMMAND...: a Python expression about the answer j.
in_json() {
	local expression=$1

	shift
	dittoctl "$@" --json 2>/dev/null | python3 -c '
import json, sys
j = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$expression"
}

# status_is DESCRIPTION STATUS REGEX COMMAND...: exit code and words.
status_is() {
	local what=$1 want=$2 regex=$3 out status=0

	shift 3
	out=$("$@" 2>&1) || status=$?
	is "$what: exit code" "$status" "$want"
	like "$what: words" "$out" "$regex"
}

# ---- without the server ----------------------------------------------------------

status_is "no server" 1 'modprobe ditto_nfs' dittoctl status
status_is "no server, JSON" 1 '"ok": false' dittoctl status --json
ok "an overview" dittoctl --help
ok "the version" dittoctl --version
status_is "no command" 2 'COMMAND' dittoctl
status_is "a command there is none of" 2 "did you mean 'export'" dittoctl exprot
status_is "half a command" 2 "did you mean 'export add'" dittoctl export ad
for c in status 'export add' 'export remove' 'export list' 'export show' 'listen add' \
	'listen remove' 'listen list' 'clients list' 'clients kill' stats settings set apply \
	check stop events; do
	like "help of $c" "$(dittoctl $c --help)" "^dittoctl $c"
done

# ---- calling it wrongly ------------------------------------------------------------

modules_load || bail "the modules load"
at_exit modules_unload
mk_fs tmpfs ctl
mkdir -p /srv/ctl/sub
status_is "no name" 2 'name of the export is missing' dittoctl export add --path /srv/ctl
status_is "no path" 2 'needs a path: --path' dittoctl export add demo
status_is "a relative path" 2 "begin it with '/'" dittoctl export add demo --path srv
status_is "an unknown option" 2 "did you mean '--path'" dittoctl export add demo --pth /srv
status_is "no value" 2 "'--path' needs a value" dittoctl export add demo --path
status_is "a bad client" 2 'bits behind its prefix; write 10.0.0.0/8' \
	dittoctl export add demo --path /srv/ctl --client 10.1.2.3/8
status_is "a bad client option" 2 "did you mean 'no_root_squash'" \
	dittoctl export add demo --path /srv/ctl --client '*,no_rot_squash'
status_is "a bad option" 2 "did you mean 'crossmnt'" \
	dittoctl export add demo --path /srv/ctl --option crosmnt
status_is "too much" 2 "'more' is too much" dittoctl export list more
status_is "a bad port" 2 'number from 1 to 65535' dittoctl listen add nfs --port 70000
status_is "a bad id" 2 'not the id of a client' dittoctl clients kill all

# ---- status and settings -----------------------------------------------------------

like "status says what it is" "$(dittoctl status)" '^Ditto [0-9]'
like "... and what is not there" "$(dittoctl status)" '^nfs4 +absent: not in this version'
is "... and what nobody listens for" "$(in_json 'j["services"]["nfs3"]["state"]' status)" idle
is "no grace period" "$(in_json 'j["grace"]' status)" None
for c in status settings stats clients 'clients list' 'export list' 'export show' 'listen list'; do
	ok "$c speaks JSON" json $c
done
old=$(in_json '[s["value"] for s in j if s["name"] == "idle-timeout"][0]' settings)
ok "a setting is set" dittoctl set idle-timeout 77
is "... at once" "$(in_json '[s["value"] for s in j if s["name"] == "idle-timeout"][0]' settings)" 77
status_is "a setting there is none of" 1 "did you mean 'idle-timeout'" \
	dittoctl set idle-timout 77
status_is "a value out of bounds" 1 'must be from' dittoctl set send-timeout 0
status_is "a value that is none" 2 'is not a number' dittoctl set idle-timeout soon
ok "and set back, in JSON" json set idle-timeout "$old"

# ---- exports -----------------------------------------------------------------------

add=(dittoctl export add demo --path /srv/ctl --nfs --smb
	--client 10.0.0.0/8,rw,no_root_squash --client 192.0.2.7,ro)
ok "an export is added" "${add[@]}"
status_is "not twice" 1 'there already|exists' "${add[@]}"
ok "but replaced" "${add[@]}" --replace
is "a key was made, for root alone" "$(stat -c '%a %s' "$STATE/handle.key")" "600 16"
key=$(sha256sum "$STATE/handle.key")
like "it is listed" "$(dittoctl export list)" \
	'^demo +/srv/ctl +nfs,smb +10.0.0.0/8\(rw,no_root_squash\) 192.0.2.7\(ro\)$'
is "it is shown as in a file" "$(dittoctl export show demo)" "share demo {
	path /srv/ctl
	nfs
	smb
	client 10.0.0.0/8 rw no_root_squash
	client 192.0.2.7 ro
}"
is "and in JSON" "$(in_json '[(c["client"], c["rw"], c["root_squash"]) for c in j["clients"]]' \
	export show demo)" "[('10.0.0.0/8', True, False), ('192.0.2.7', False, True)]"
status_is "an export there is none of" 1 "did you mean 'demo'" dittoctl export show dmo
status_is "a path there is none of" 1 '/nowhere.*not exist|no such path' \
	dittoctl export add x --path /nowhere
status_is "a path to a file" 1 'not a directory' dittoctl export add x --path /etc/passwd
status_is "a host there is none of" 1 'has no address|no name server' \
	dittoctl export add x --path /srv/ctl --client no-such-host.invalid
ok "all options" dittoctl export add all --path /srv/ctl/sub --option crossmnt,mac \
	--option async --fsid 18446744073709551615 \
	--client '[2001:db8::]/32,sec=sys:krb5,anonuid=7,anongid=8,all_squash,secure' --client '*'
is "come back" "$(dittoctl export show all)" "share all {
	path /srv/ctl/sub
	nfs
	client [2001:db8::]/32 ro all_squash secure anonuid=7 anongid=8 sec=sys:krb5
	client * ro
	option crossmnt
	option mac
	option async
	fsid 18446744073709551615
}"
like "what nobody may use is noted" "$(dittoctl export add lone --path /srv/ctl/sub 2>&1)" \
	'note: nobody may use'
ok "removed" dittoctl export remove lone
status_is "not twice" 1 'no export .lone.' dittoctl export remove lone

# ---- names -------------------------------------------------------------------------

cp /etc/hosts "$TMP/hosts"
cp /etc/nsswitch.conf "$TMP/nsswitch.conf"
at_exit "cp $TMP/hosts /etc/hosts; cp $TMP/nsswitch.conf /etc/nsswitch.conf; rm -f /etc/netgroup"
printf '%s\n' '192.0.2.10 alpha' '2001:db8::10 alpha' '192.0.2.11 beta' >>/etc/hosts
sed -i '/^netgroup/d' /etc/nsswitch.conf
echo 'netgroup: files' >>/etc/nsswitch.conf
printf '%s\n' 'trusted (alpha,,) (beta,,) (gone.invalid,,)' 'open (,,)' >/etc/netgroup
ok "host names become all their addresses" dittoctl export add names --path /srv/ctl \
	--client alpha,rw
is "... of both families" "$(in_json 'sorted(c["address"] for c in j["clients"])' \
	export show names)" "['192.0.2.10', '2001:db8::10']"
is "... and are one line" "$(dittoctl export show names | grep client)" $'\tclient alpha rw'
ok "netgroups become their hosts" dittoctl export add names --replace --path /srv/ctl \
	--client @trusted,rw
is "... those that are known" "$(in_json 'sorted(c["address"] for c in j["clients"])' \
	export show names)" "['192.0.2.10', '192.0.2.11', '2001:db8::10']"
status_is "a netgroup of everybody" 1 'write \*' dittoctl export add x --path /srv/ctl --client @open
status_is "a netgroup there is none of" 1 "netgroup 'none'" \
	dittoctl export add x --path /srv/ctl --client @none

# ---- listeners ---------------------------------------------------------------------

ok "listen" dittoctl listen add nfs
is "on TCP and UDP, IPv4 and IPv6" "$(in_json 'sorted((l["transport"], l["address"], l["port"]) for l in j)' \
	listen list)" "[('tcp', '0.0.0.0', 2049), ('tcp', '::', 2049), ('udp', '0.0.0.0', 2049), ('udp', '::', 2049)]"
is "it is up" "$(in_json 'j["services"]["nfs3"]["state"]' status)" up
like "the daemon was started" "$(dittoctl status)" '^dittod +up: process [0-9]'
ok "its records are where they belong" test -e "$STATE/dittod.db"
status_is "not twice" 1 'already' dittoctl listen add nfs
ok "on one address and port" dittoctl listen add nfs --port 2050 --address 127.0.0.1 --tcp
ok "on an IPv6 address" dittoctl listen add nfs --port 2050 --address '[::1]' --udp
is "these six" "$(in_json 'len(j)' listen list)" 6
ok "no longer there" dittoctl listen remove nfs --port 2050 --address 127.0.0.1
ok "no longer there" dittoctl listen remove nfs --port 2050 --address ::1 --udp
status_is "nor to remove" 1 'nothing listens there' dittoctl listen remove nfs --port 2050
status_is "a service there is none of" 1 'no such service' dittoctl listen add nsf
status_is "an address of somebody else" 1 'does not have that address' \
	dittoctl listen add nfs --port 2050 --address 192.0.2.99

python3 -c '
import socket, time
s = socket.socket(); s.bind(("0.0.0.0", 2051)); s.listen()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(("::", 2052))
time.sleep(1000)' &
holder=$!
poll_until 10 nc -z 127.0.0.1 2051
status_is "a port somebody has" 1 "port 2051: python3.* \(process $holder\) is listening" \
	dittoctl listen add nfs --port 2051
status_is "also over UDP" 1 "port 2052: python3.* \(process $holder\) is listening" \
	dittoctl listen add nfs --port 2052 --udp
is "nothing of it stays" "$(in_json 'len(j)' listen list)" 4

# ---- clients and counters ----------------------------------------------------------

exec 5<>/dev/tcp/127.0.0.1/2049
ok "a client is shown" poll_until 5 sh -c 'dittoctl clients | grep -q 127.0.0.1:'
id=$(in_json 'j[0]["id"]' clients)
is "with where it is" "$(in_json 'j[0]["address"], j[0]["local_port"]' clients)" "('127.0.0.1', 2049)"
ok "it is killed" dittoctl clients kill "$id"
ok "and gone" timeout 10 cat <&5
exec 5>&-
status_is "it cannot be twice" 1 "no client $id" dittoctl clients kill "$id"
is "an accepted connection is counted" "$(in_json 'j["net"]["accepted"] > 0' stats)" True
is "a group alone" "$(in_json 'list(j)' stats --group net)" "['net']"
status_is "a group there is none of" 1 "did you mean 'net'" dittoctl stats --group ent
watch=$(timeout 4 dittoctl stats --watch --json | head -n 2 | while read -r line; do
	python3 -c 'import json, sys; json.loads(sys.argv[1]); print("good")' "$line"
done)
is "watching: a line of JSON each time" "$watch" "good
good"

# ---- apply -------------------------------------------------------------------------

conf=$TMP/ditto.conf
shape() { dittoctl export show; dittoctl listen list; dittoctl settings; }

# unchanged DESCRIPTION REGEX: apply $conf fails with these words, and nothing changed.
unchanged() {
	local before

	before=$(shape)
	status_is "$1" 1 "$2" dittoctl apply "$conf"
	is "$1: nothing changed" "$(shape)" "$before"
}

cat >"$conf" <<'CONF'
# both
listen nfs
listen nfs port 2053 tcp address 127.0.0.1
set idle-timeout 333
share one {
	path /srv/ctl
	client alpha rw
	client 10.0.0.0/8
}
share two {
	path "/srv/ctl/sub"
	nfs
	smb
	client * rw no_root_squash
	option crossmnt
}
CONF
ok "a file is checked" dittoctl check "$conf"
ok "and applied" dittoctl apply "$conf"
is "these are the exports" "$(in_json '[e["name"] for e in j]' export list)" "['one', 'two']"
is "these the listeners" "$(in_json 'sorted(set(l["port"] for l in j))' listen list)" "[2049, 2053]"
is "this the setting" "$(in_json '[s["value"] for s in j if s["name"] == "idle-timeout"][0]' settings)" 333
is "the key is the same" "$(sha256sum "$STATE/handle.key")" "$key"
before=$(shape)
ok "what is shown can be applied" bash -c 'dittoctl export show >'"$TMP/shown"'; { echo "listen nfs"; echo "listen nfs port 2053 tcp address 127.0.0.1"; cat '"$TMP/shown"'; } | dittoctl apply -'
is "and is the same again" "$(shape)" "$before"

exec 5<>/dev/tcp/127.0.0.1/2049
poll_until 5 sh -c 'dittoctl clients | grep -q 127.0.0.1:'
id=$(in_json 'j[0]["id"]' clients)
ok "applied again" dittoctl apply "$conf"
is "clients go on" "$(in_json 'j[0]["id"]' clients)" "$id"
exec 5>&-

good=$(cat "$conf")
echo "lisen nfs" >>"$conf"
unchanged "a word that is wrong" "$conf:17: unknown word 'lisen'.*did you mean 'listen'"
is "as JSON too" "$(in_json 'j["ok"], j["errors"][0]["line"]' apply "$conf")" "(False, 17)"
is "and from check" "$(in_json 'j["ok"], j["errors"][0]["line"]' check "$conf")" "(False, 17)"
printf '%s\nshare three {\n\tpath /nowhere\n\tclient *\n}\n' "$good" >"$conf"
unchanged "a path there is none of" "$conf:17: 'three' \(/nowhere\):"
status_is "check sees that as well" 1 "$conf:17: .*/nowhere" dittoctl check "$conf"
printf '%s\nshare three {\n\tpath /srv/ctl\n\tclient no-such-host.invalid\n}\n' "$good" >"$conf"
unchanged "a host there is none of" "$conf:19: host 'no-such-host.invalid'"
printf '%s\nlisten nfs port 2051\nset idle-timeout 444\n' "${good//share one/share other}" >"$conf"
unchanged "a port somebody has" "$conf:17: port 2051: python3"
printf '%s\nlisten ftp\n' "$good" >"$conf"
unchanged "a service there is none of" "$conf:17: there is no service 'ftp'"
printf '%s\nset no-such-thing 4\n' "$good" >"$conf"
unchanged "a setting there is none of" "$conf:17: there is no setting"
rm "$conf"
unchanged "no file" "cannot read $conf"
kill $holder
wait $holder 2>/dev/null

printf 'share only {\n\tpath /srv/ctl\n\tclient *\n}\n' >"$conf"
ok "a file without listeners" dittoctl apply "$conf"
is "what it has not goes" "$(in_json '[e["name"] for e in j]' export list)" "['only']"
is "and NFS is listened for as usual" "$(in_json 'sorted(set(l["port"] for l in j))' listen list)" "[2049]"
python3 - >"$conf" <<'CONF'
for i in range(500):
    print("share s%03d {\n\tpath /srv/ctl" % i)
    for j in range(20):
        print("\tclient 10.%d.%d.0/24 rw" % (i % 256, j))
    print("}")
CONF
ok "500 shares with 10,000 clients" dittoctl apply "$conf"
is "are there" "$(in_json 'len(j), sum(len(e["clients"]) for e in j)' export list)" "(500, 10000)"
ok "stop" dittoctl stop
is "leaves no export" "$(in_json 'len(j)' export list)" 0
is "and no listener" "$(in_json 'len(j)' listen list)" 0

# ---- events ------------------------------------------------------------------------

dittoctl events --json >"$TMP/events" &
events=$!
poll_until 10 sh -c "dittoctl set idle-timeout $old; grep -q setting-changed $TMP/events"
dittoctl export add e --path /srv/ctl
dittoctl export remove e
dittoctl listen add nfs --port 2054
dittoctl stop
poll_until 5 grep -q exports-applied "$TMP/events"
kill $events
wait $events 2>/dev/null
is "changes are told" "$(python3 -c '
import json, sys
kinds = [json.loads(line)["event"] for line in sys.stdin]
print([k for i, k in enumerate(kinds) if k != "setting-changed" and kinds[i - 1] != k])' \
	<"$TMP/events")" \
	"['export-added', 'export-removed', 'listener-added', 'listener-removed', 'exports-applied']"

# ---- who may -----------------------------------------------------------------------

status_is "a user" 1 'needs root' as_user 65534 dittoctl status
status_is "a user, apply" 1 'needs root' as_user 65534 dittoctl apply - </dev/null
status_is "root of a container may look" 0 '0 exports' unshare -Urn dittoctl status
status_is "but not change" 1 'outside of the container' \
	unshare -Urn dittoctl export add x --path /srv/ctl
# ---- several servers ---------------------------------------------------------------

host_add client1 10.0.0.11
host_add client2 10.0.0.12
ok "a server here" dittoctl listen add nfs
ok "one on another host" on client1 env -u DITTO_STATE_DIR dittoctl listen add nfs
ok "and one more" on client2 dittoctl listen add nfs --no-dittod
like "the other has its own daemon" "$(on client1 dittoctl status)" '^dittod +up: process [0-9]'
ok "with its own records" test -e /var/lib/ditto/netns/client1/dittod.db
like "the third was to have none" "$(on client2 dittoctl status)" '^dittod +trouble: it does not run'
daemon_stop
printf 'listen nfs\n' >"$conf"
ok "apply starts it too" dittoctl apply "$conf"
like "and it runs" "$(dittoctl status)" '^dittod +up: process [0-9]'
ok "each with its export" dittoctl export add here --path /srv/ctl --client '*'
ok "each with its export" on client1 dittoctl export add there --path /srv/ctl --client '*'
like "this one has its own" "$(dittoctl export list)" '^here'
unlike "and not the other's" "$(dittoctl export list)" '^there'
like "the other has its own" "$(on client1 dittoctl export list)" '^there'
unlike "and not this one's" "$(on client1 dittoctl export list)" '^here'
is "the third has none" "$(on client2 dittoctl export list)" "no exports"
on client1 dittoctl set idle-timeout 55
is "settings are apart" "$(in_json '[s["value"] for s in j if s["name"] == "idle-timeout"][0]' settings)" "$old"
ok "stopping one" on client1 dittoctl stop
is "leaves the other" "$(in_json 'j["exports"], j["listeners"]' status)" "(1, 4)"
dittoctl stop

# ---- the kernel's own server in the way ---------------------------------------------

knfsd_start /srv/ctl
status_is "knfsd has the port" 1 'knfsd.*systemctl stop nfs-server' dittoctl listen add nfs
printf 'share a {\n\tpath /srv/ctl\n}\n' >"$conf"
unchanged "and apply says so too" 'knfsd.*systemctl stop nfs-server'
knfsd_stop

# ---- completion --------------------------------------------------------------------

# complete_for WORD...: what the last word can become.
complete_for() {
	bash -c '
		. /usr/share/bash-completion/bash_completion
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9 COMP_KEY=9
		COMP_POINT=${#COMP_LINE}
		compopt() { :; }
		_dittoctl
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd" "' \
		"$E2E/../../userspace/packaging/dittoctl.bash" "$@" 2>&1
}
dittoctl export add demo --path /srv/ctl 2>/dev/null
dittoctl listen add nfs
is "commands" "$(complete_for dittoctl s)" "set settings stats status stop"
is "their second words" "$(complete_for dittoctl export '')" "add list remove show"
is "exports" "$(complete_for dittoctl export remove '')" demo
is "services" "$(complete_for dittoctl listen remove '')" nfs
is "settings" "$(complete_for dittoctl set idle)" idle-timeout
is "options" "$(complete_for dittoctl export add x --p)" --path
is "options of clients" "$(complete_for dittoctl export add x --client '*,no_r')" '*,no_root_squash'
like "groups" "$(complete_for dittoctl stats --group n)" 'net'
dittoctl stop

done_testing
