#!/bin/sh
# namespace.sh FOLDER DNSMASQ COMMAND…: runs the command where the only name server is one that knows of nobody but
# four.seqack.test, and where no packet can leave. To be called so, which ends all that it started when it ends:
#
#   unshare --net --mount --pid --fork --mount-proc --kill-child sh namespace.sh FOLDER DNSMASQ COMMAND…
#
# FOLDER holds the resolv.conf, hosts and nsswitch.conf that are mounted over those of /etc.
set -eu
folder=$1 dnsmasq=$2
shift 2
for name in resolv.conf hosts nsswitch.conf; do mount --bind "$folder/$name" "/etc/$name"; done
ip link set lo up
# It puts itself into the background when it is ready.
"$dnsmasq" --conf-file=/dev/null --pid-file= --user=root --log-facility=/dev/null --no-resolv --no-hosts \
  --listen-address=127.0.0.1 --bind-interfaces --local=/test/ --local=/2.0.192.in-addr.arpa/ \
  --host-record=four.seqack.test,192.0.2.10
exec "$@"
