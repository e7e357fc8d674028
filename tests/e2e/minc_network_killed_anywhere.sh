#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# Killed at any system call, minc and its helper leave nothing of a container's network: a few points of those that
# scripts/test-kill tries all.
# timeout: 300
exec bash "$(dirname "$0")/crash/kill.sh" network "${POINTS:-4}"
