#!/usr/bin/env bash
# Fifty background containers at once: a sample of the thousand of scripts/test-many.
# timeout: 300
exec bash "$(dirname "$0")/soak/many.sh" 50
