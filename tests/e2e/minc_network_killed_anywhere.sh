#!/usr/bin/env bash
# Killed at any system call, minc and its helper leave nothing of a container's network: a few points of those that
# scripts/test-kill tries all.
# timeout: 300
exec bash "$(dirname "$0")/crash/kill.sh" network "${POINTS:-4}"
