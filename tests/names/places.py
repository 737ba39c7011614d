"""Who has which address in the world, and the zones with their records. Data only."""

ROOT, ROOT6 = "45.76.0.1", "2a01:7e00::1"
TLD, TLD6 = "45.76.0.2", "2a01:7e00::2"
BIND, BIND6 = "45.76.1.1", "2a01:7e00:1::1"
NSD, NSD6 = "45.76.2.1", "2a01:7e00:2::1"
KNOT = "45.76.3.1"
LAME = "45.76.4.1"
VIEWS = "45.76.5.1"
EXPOSED = "45.76.6.1"  # an internal resolver that anybody may ask
SNOOPED = "45.76.6.2"  # refuses recursion, and shows what its cache has
AS112 = "45.76.7.1"
PUBLIC_RESOLVER = "45.76.8.1"
HIJACKER, FLAKY = "45.76.8.9", "45.76.8.10"
SITE = "45.76.100.20"
LEAKY_GATEWAY, SOUND_GATEWAY = "45.76.100.10", "45.76.100.11"
EYES_OF_INSIDE = "10.66.0.2"
APP = "10.20.0.36"  # what stands behind the name under a public wildcard
INSIDE_STRICT, INSIDE_LAX = "10.66.0.53", "10.66.0.54"

ADDRESSES = (
    ROOT, ROOT6, TLD, TLD6, BIND, BIND6, NSD, NSD6, KNOT, LAME, VIEWS, EXPOSED, SNOOPED, AS112, PUBLIC_RESOLVER, HIJACKER,
    FLAKY, SITE, APP, LEAKY_GATEWAY, SOUND_GATEWAY, INSIDE_STRICT, INSIDE_LAX,
)  # fmt: skip

ROOT_ZONE = f"""
@ NS a.root.example.
a.root.example. A {ROOT}
a.root.example. AAAA {ROOT6}
example. NS ns.nic.example.
ns.nic.example. A {TLD}
ns.nic.example. AAAA {TLD6}
in-addr.arpa. NS ns.nic.example.
"""

_NS1 = f"ns1.hosting.example. A {BIND}\nns1.hosting.example. AAAA {BIND6}\n"
_NS2 = f"ns2.hosting.example. A {NSD}\nns2.hosting.example. AAAA {NSD6}\n"
_NS3 = f"ns3.hosting.example. A {KNOT}\n"
_ON_TWO = ["ns1.hosting.example.", "ns2.hosting.example."]
_ON_THREE = [*_ON_TWO, "ns3.hosting.example."]

#: zone → the name servers that the registry lists for it
DELEGATED: dict[str, list[str]] = {
    "hosting.example": _ON_TWO,
    "sound.example": _ON_TWO,
    "leaky.example": [*_ON_THREE, "ns-lame.registry.example.", "gone.nowhere.example."],
    "wild.example": _ON_TWO,
    "public-wild.example": _ON_TWO,
    "walk.example": ["ns1.hosting.example."],
    "hashed.example": ["ns1.hosting.example."],
    "weak.example": ["ns1.hosting.example."],
    "lies.example": ["ns3.hosting.example."],
    "split.example": ["ns1.hosting.example."],
    "three.example": _ON_THREE,
    "stale.example": _ON_TWO,
    "view.example": ["ns-view.registry.example."],
}

TLD_ZONE = (
    f"@ NS ns.nic.example.\nns.nic.example. A {TLD}\nns.nic.example. AAAA {TLD6}\n"
    + _NS1 + _NS2 + _NS3
    + f"ns-lame.registry.example. A {LAME}\nns-view.registry.example. A {VIEWS}\n"
    + "".join(f"{zone}. NS {server}\n" for zone, servers in DELEGATED.items() for server in servers)
)  # fmt: skip

REVERSE_ZONE = f"""
@ NS ns.nic.example.
100.76.45 NS ns1.hosting.example.
10 NS blackhole
16.172 NS blackhole
168.192 NS blackhole
blackhole A {AS112}
"""

_HOSTING = "@ NS ns1.hosting.example.\n@ NS ns2.hosting.example.\n"

#: What BIND tells everybody.
EXTERNAL: dict[str, str] = {
    "hosting.example": _HOSTING + _NS1 + _NS2 + _NS3 + "rebind A 192.168.77.77\n",
    # Sound: public names with public addresses, nothing internal.
    "sound.example": _HOSTING
    + f"@ A {SITE}\nwww A {SITE}\nshop CNAME www\nmail A 45.76.100.30\n@ MX 10 mail\n@ TXT \"v=spf1 ip4:45.76.100.0/24 -all\"\n"
    f'web HTTPS 1 . ipv4hint={SITE}\nweb A {SITE}\napi A {SOUND_GATEWAY}\nlb.private A 10.20.0.9\n',
    # Leaky: each line is a class of its own.
    "leaky.example": "\n".join(
        [
            "@ NS ns1.hosting.example.", "@ NS ns2.hosting.example.", "@ NS ns3.hosting.example.",
            f"www A {SITE}",
            "db A 10.1.2.3",
            'hint HTTPS 1 . ipv4hint=10.1.2.4', f"hint A {SITE}",
            "post MX 10 mx", "mx A 192.168.9.9",
            'spf TXT "v=spf1 ip4:10.0.0.0/8 -all"',
            "six AAAA 64:ff9b::a01:203",
            f"config.internal A {SITE}",
            "jobs.internal A 10.20.0.6",
            'empty.internal TXT "here"',
            'deep.above.internal TXT "here"',
            "old CNAME gone.nowhere.example.",
            "_ldap._tcp SRV 0 0 389 dc1.internal",
            "portal CNAME lb.internal", f"lb.internal A {SITE}",
            f"api A {LEAKY_GATEWAY}",
            f"config.internal.sound.example A {SITE}",
        ]
    ) + "\n",
    "wild.example": _HOSTING + "* A 10.9.9.9\n",
    "public-wild.example": _HOSTING + f"* A {SOUND_GATEWAY}\nwww A {SITE}\n",
    "split.example": "@ NS ns1.hosting.example.\napp A 45.76.100.7\nequal A 45.76.100.8\n"
    # No data by design: a name for mail alone, and one with nothing but a name below it.
    "post MX 10 www.sound.example.\nbelow.hollow TXT \"here\"\n",
    "three.example": _HOSTING + f"@ NS ns3.hosting.example.\nwww A {SITE}\n",
    "stale.example": _HOSTING + f"www A {SITE}\n",
    "100.76.45.in-addr.arpa": "@ NS ns1.hosting.example.\n9 PTR vault.internal.leaky.example.\n17 PTR www.sound.example.\n",
}  # fmt: skip

#: Signed with dnssec-signzone: zone → its arguments.
SIGNED: dict[str, tuple[str, ...]] = {
    "walk.example": (),
    "hashed.example": ("-3", "-", "-H", "0"),
    "weak.example": ("-3", "aabbccdd", "-H", "50"),
}
SIGNED_ZONE = f"@ NS ns1.hosting.example.\nwww A {SITE}\nvault A {SITE}\n"

#: What BIND tells those inside, beside all of the above.
INTERNAL: dict[str, str] = {
    "internal.sound.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.5\njobs A 10.20.0.15\nmetrics A 10.20.0.16\n",
    "internal.leaky.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.25\njobs A 10.20.0.6\nempty A 10.20.0.26\n"
    "lb A 10.20.0.27\nvault A 10.20.0.28\nabove A 10.20.0.29\n",
    "internal.wild.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.35\n",
    "internal.public-wild.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.36\n",
    "internal.three.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.37\n",
    "internal.stale.example": "@ NS ns1.hosting.example.\nold A 10.20.0.38\n",
    "internal.view.example": "@ NS ns1.hosting.example.\ntcp A 10.20.0.39\nsubnet A 10.20.0.40\nquiet A 10.20.0.41\n",
    "internal.lies.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.43\n",
    "internal.weak.example": "@ NS ns1.hosting.example.\nconfig A 10.20.0.42\n",
    "split.example": "@ NS ns1.hosting.example.\napp A 10.20.0.7\nequal A 45.76.100.8\n"
    "post A 10.20.0.44\nhollow A 10.20.0.45\n",
}

#: What NSD and Knot have that BIND has not.
NSD_OWN = {"stale.example": _HOSTING + f"www A {SITE}\nold.internal A {SITE}\n"}
KNOT_OWN = {
    "three.example": _HOSTING + f"@ NS ns3.hosting.example.\nwww A {SITE}\nconfig.internal A {SITE}\n",
    "lies.example": "@ NS ns3.hosting.example.\nwww A 45.76.100.20\nvault A 45.76.100.20\n",
}
SECONDARY_NSD = (
    "hosting.example",
    "sound.example",
    "leaky.example",
    "wild.example",
    "public-wild.example",
    "three.example",
)
SECONDARY_KNOT = ("leaky.example",)
