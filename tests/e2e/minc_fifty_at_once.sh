#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# Fifty background containers at once: a sample of the thousand of scripts/test-many.
# timeout: 300
exec bash "$(dirname "$0")/soak/many.sh" 50
