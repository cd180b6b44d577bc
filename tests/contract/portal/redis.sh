# shellcheck shell=bash
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
#
# A Redis server of our own, for scripts that have sourced visitor.sh: on a
# socket in their folder and a free port of this machine, writing everything
# down before it answers.
# shellcheck disable=SC2154,SC2034

# redis_start: sets redis_pid, redis_port; the same port when it ran before.
redis_start()
{
    local tries
    for tries in 1 2 3 4 5; do
        redis_port=${redis_port:-$((20000 + RANDOM % 12000))}
        redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$work" \
            --unixsocket "$work/redis.sock" --unixsocketperm 700 --save '' \
            --appendonly yes --appendfsync always --daemonize no >redis.out 2>&1 &
        redis_pid=$!
        running+=("$redis_pid")
        for _ in $(seq 400); do
            if [ "$(redis_ask PING 2>/dev/null)" = PONG ]; then
                return 0
            fi
            kill -0 "$redis_pid" 2>/dev/null || break
            sleep 0.05
        done
        [ "$tries" = 5 ] || redis_port=
    done
    echo "redis-server does not start: $(cat redis.out)"
    exit 1
}

redis_ask()
{
    redis-cli -s "$work/redis.sock" "$@"
}

# As when the machine it runs on loses its power.
redis_kill()
{
    kill -KILL "$redis_pid"
    wait "$redis_pid" 2>/dev/null || true
}
