#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside the virtual machine, as root: everything that a scenario may want, then the agent.
#   guest.sh MODULES AGENT
# What does not work is noted, not fatal: the agent tells it to the host.
export modules="$1"
agent=$2
failed=/run/linuxmm-failed
port=/dev/virtio-ports/linuxmm
coherent="spm_addr_dev0=0x140000000 spm_addr_dev1=0x150000000"
bare="bare_start=0x190000000 bare_pages=32768"
: >"$failed"

try() {
    said=$(sh -c "$1" 2>&1) || printf 'failed %s: %s\n' "$1" "$(printf '%s' "$said" | tr '\n' ' ')" >>"$failed"
}

# Without udev: the port by the name that the kernel gives it.
find_port() {
    [ -e "$port" ] && return
    for name in /sys/class/virtio-ports/*/name; do
        [ "$(cat "$name" 2>/dev/null)" = linuxmm ] || continue
        mkdir -p "${port%/*}"
        node=${name%/name}
        ln -s "/dev/${node##*/}" "$port"
    done
}

# Where nobody made the nodes of test_hmm: 0 and 1 are private devices, 2 and 3 coherent ones.
make_devices() {
    major=$(awk '$2 == "HMM_DMIRROR" { print $1 }' /proc/devices)
    for device in "/sys/dev/char/$major":*; do
        node=/dev/hmm_dmirror${device##*:}
        [ -e "$device" ] && [ ! -e "$node" ] && mknod "$node" c "$major" "${device##*:}"
    done
}

# Device DAX maps page by page when it is told to while no driver has it.  A kernel that gives such
# memory to kmem first has to be told that it is for device_dax.
small_dax_pages() {
    drivers=/sys/bus/dax/drivers
    for dax in /sys/bus/dax/devices/dax*; do
        [ -e "$dax" ] || continue
        for driver in device_dax kmem; do
            echo "${dax##*/}" >$drivers/$driver/unbind 2>/dev/null
        done
        try "echo 4096 > $dax/align"
        try "echo ${dax##*/} > $drivers/device_dax/bind || echo ${dax##*/} > $drivers/device_dax/new_id"
    done
}

mount -o remount,exec /dev
try "echo 0 > /proc/sys/vm/dirty_writeback_centisecs" # nothing is written back by itself
try "echo 0 > /proc/sys/vm/page-cluster" # swap readahead is not modelled
echo 0 >/proc/sys/vm/compaction_proactiveness 2>/dev/null # migrates pages when it likes
try "modprobe -a virtio_console ext4 zram device_dax dax_hmem nd_e820 nd_pmem"
try "modprobe brd rd_nr=1 rd_size=131072 max_part=0"
try "insmod \"\$modules/mmprobe.ko\" $bare"
try "insmod \"\$modules/test_hmm.ko\" $coherent"
mkdir -p /run/linuxmm-dax /run/linuxmm-disk
# no journal: a new file has reached its disk sooner
try "mkfs.ext4 -q -b 4096 -O ^has_journal /dev/ram0 && mount /dev/ram0 /run/linuxmm-disk"
# shellcheck disable=SC2012  # plain names of the kernel's own
pmem=$(ls /dev/pmem* | head -1)
try "mkfs.ext4 -q -b 4096 -O ^has_journal $pmem && mount -o dax=always $pmem /run/linuxmm-dax"
try "echo 268435456 > /sys/block/zram0/disksize && mkswap /dev/zram0"
echo 0 >/sys/kernel/mm/lru_gen/enabled 2>/dev/null
mount -t debugfs none /sys/kernel/debug 2>/dev/null
# NUMA balancing scans when a scenario says so, and only then
try "echo 1000000 > /sys/kernel/debug/sched/numa_balancing/scan_delay_ms"
make_devices
small_dax_pages
# shellcheck disable=SC2012
ln -s "$(ls /dev/dax*.* | head -1)" /run/linuxmm-devdax
chmod 666 /dev/mmprobe /dev/hmm_dmirror* 2>/dev/null
tries=0
while [ ! -e "$port" ] && [ "$tries" -lt 40 ]; do
    udevadm settle -t 1 2>/dev/null || sleep 0.5
    find_port
    tries=$((tries + 1))
done
exec "$agent" guest "$port" "$failed"
