# States of keys, as the API of OKMS names them; those of KMIP objects have names of their own. An absent or unknown
# state is none of them.
package lib

# METADATA
# description: The key can encrypt and sign.
active(key) if key.state == "active"

# METADATA
# description: The key has never been in use.
pre_active(key) if key.state == "pre_active"

# METADATA
# description: The key is in use, or will be.
usable(key) if key.state in {"pre_active", "active"}

# METADATA
# description: The key is out of use.
retired(key) if key.state in {"deactivated", "compromised", "destroyed", "destroyed_compromised"}

# METADATA
# description: The key can decrypt and verify what is old, and nothing else.
deactivated(key) if key.state == "deactivated"

# METADATA
# description: The key's material still exists.
held(key) if key.state in {"pre_active", "active", "deactivated", "compromised"}

# METADATA
# description: Somebody else had the key's material.
compromised(key) if key.state in {"compromised", "destroyed_compromised"}

# METADATA
# description: The key's material is gone.
destroyed(key) if key.state in {"destroyed", "destroyed_compromised"}

# METADATA
# description: The KMIP object's material is gone.
kmip_destroyed(item) if item.state in {"Destroyed", "DestroyedCompromised"}

# METADATA
# description: The KMIP object can encrypt and sign.
kmip_active(item) if item.state == "Active"

# METADATA
# description: The KMIP object can decrypt and verify what is old, and nothing else.
kmip_deactivated(item) if item.state == "Deactivated"

# METADATA
# description: >-
#   The secret part of the key can be exported. The service makes no key extractable unless it is asked to, so an absent
#   attribute is none.
extractable(key) if {
	key.extractable == true
	not key.class == "public_key"
}
