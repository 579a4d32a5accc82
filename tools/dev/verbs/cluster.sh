# shellcheck shell=bash
# ./dev cluster start|stop|status [--nodes N]
# Runs a local cluster to play with, on loopback; its data and logs are in .cluster.
#
#   start       builds vow, starts three nodes, or N (1 to 7), and waits until all of them answer
#   stop        ends those processes and no others; start takes up their data again
#   status      what `vow cluster status` says of them
#
# Node I listens on 7390 + 10 I for clients, on the next port for its peers, and on 7470 + 10 I for HTTP; all of them
# on higher ports, in steps of 100, if one is taken. `rm -r .cluster`, once it is stopped, forgets everything.

folder=.cluster
list=$folder/nodes # one line for each node: number, and its ports for clients, peers and HTTP
vow=build/release/coordinator/cli/vow

is_listened_on() { # PORT
  awk -v port="$(printf '%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 3) == port { found = 1 }
    END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# Prints the list for N nodes on ports that nobody listens on.
choose_ports() { # NODES
  local shift node port taken
  for ((shift = 0; shift < 10000; shift += 100)); do
    taken=false
    for ((node = 1; node <= $1; node++)); do
      for port in $((7390 + 10 * node + shift)) $((7391 + 10 * node + shift)) $((7470 + 10 * node + shift)); do
        ! is_listened_on "$port" || taken=true
      done
    done
    $taken || break
  done
  $taken && die "no free ports were found from 7400 on"
  for ((node = 1; node <= $1; node++)); do
    echo "$node $((7390 + 10 * node + shift)) $((7391 + 10 * node + shift)) $((7470 + 10 * node + shift))"
  done
}

# Column COLUMN of the list, as addresses with commas between them.
addresses() { awk -v column="$1" '{ printf "%s127.0.0.1:%s", (NR > 1 ? "," : ""), $column }' "$list"; } # COLUMN

# The process that runs this node, if it is still ours: a number may have gone to another process since.
process_of() { # NODE
  local pid
  pid=$(cat "$folder/$1/pid" 2>/dev/null) || return 1
  [ "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//')" = "$PWD/$vow" ] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$folder/$1/data" || return 1
  echo "$pid"
}

start_node() { # NODE CLIENT_PORT PEER_PORT HTTP_PORT
  local arguments=(
    --node.data "$folder/$1/data" --node.name "node-$1"
    --client.listen "127.0.0.1:$2" --peer.listen "127.0.0.1:$3" --http.listen "127.0.0.1:$4"
  )
  (($(wc -l <"$list") == 1)) || arguments+=(--cluster.initial "$(addresses 3)")
  mkdir -p "$folder/$1"
  nohup "$vow" serve "${arguments[@]}" >>"$folder/$1/log" 2>&1 </dev/null &
  echo $! >"$folder/$1/pid"
}

stop_node() { # NODE
  local pid waited
  pid=$(process_of "$1") || { rm -f "$folder/$1/pid" && return; }
  kill "$pid" 2>/dev/null || true
  for ((waited = 0; waited < 100; waited++)); do
    process_of "$1" >/dev/null || break
    sleep 0.1
  done
  if process_of "$1" >/dev/null; then
    complain "node $1 did not end within 10 s of SIGTERM: it is killed"
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$folder/$1/pid"
}

for_each_node() { # COMMAND...: with the columns of the node's line
  local columns
  while read -ra columns <&3; do "$@" "${columns[@]}"; done 3<"$list"
}

must_be_free() { # NODE PORT...
  local port
  for port in "${@:2}"; do
    ! is_listened_on "$port" || die "port $port of node $1 is taken, and $list binds the cluster to it: stop who has it"
  done
}

must_not_run() { ! process_of "$1" >/dev/null || die "node $1 runs already: ./dev cluster status"; } # NODE ...
must_run() { # NODE ...
  process_of "$1" >/dev/null && return
  tail -n 5 "$folder/$1/log" >&2
  for_each_node stop_node_of_line
  die "node $1 has ended; all it said is in $folder/$1/log"
}
stop_node_of_line() { stop_node "$1"; }
show_node() { printf '  node %s   clients 127.0.0.1:%s   HTTP 127.0.0.1:%s   %s/%s\n' "$1" "$2" "$4" "$folder" "$1" >&2; }

wait_until_ready() {
  local from=$SECONDS
  until "$vow" cluster status --at "$(addresses 4)" >"$folder/status" 2>&1; do
    for_each_node must_run
    ((SECONDS - from < 60)) || die "after a minute the cluster is not ready: $(tail -n 1 "$folder/status")"
    if [ -t 2 ]; then printf '\rwaiting for the nodes to agree on a leader, %s ' "$(duration $((SECONDS - from)))" >&2; fi
    sleep 0.2
  done
  [ ! -t 2 ] || printf '\r\e[K' >&2
}

start() { # NODES, or empty
  if [ -e "$list" ]; then
    local there
    there=$(wc -l <"$list")
    [ "${1:-$there}" = "$there" ] || die "$folder holds a cluster of $there nodes: stop it and rm -r $folder first"
    for_each_node must_not_run
  fi
  build release vow || die "vow could not be built: the compiler's words are above"
  mkdir -p "$folder"
  if [ ! -e "$list" ]; then
    choose_ports "${1:-3}" >"$list.new"
    mv "$list.new" "$list"
  fi
  for_each_node must_be_free
  for_each_node start_node
  wait_until_ready
  for_each_node show_node
  done_with "a cluster of $(wc -l <"$list") answers" "./dev cluster status, or $vow tx list --at $(addresses 4)"
}

command=${1:-}
[ $# -eq 0 ] || shift
nodes=''
while [ $# -gt 0 ]; do
  [ "$command $1" = "start --nodes" ] || usage_error "cluster $command does not take '$1'"
  [[ ${2:-} =~ ^[1-7]$ ]] || usage_error "--nodes needs a number, 1 to 7"
  nodes=$2
  shift 2
done

case $command in
  start)
    need_packages_of cluster
    start "$nodes"
    ;;
  stop)
    [ -e "$list" ] || die "there is no cluster in $folder"
    for_each_node stop_node_of_line
    done_with "stopped; its data stay in $folder" "./dev cluster start"
    ;;
  status)
    [ -e "$list" ] || die "there is no cluster in $folder: ./dev cluster start"
    exec "$vow" cluster status --at "$(addresses 4)"
    ;;
  *) usage_error "cluster takes start, stop or status, not '$command'" ;;
esac
