// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/merkle.circom";
include "../lib/poseidon.circom";

// "A member of this group votes so in this election", and the same member cannot vote in it twice unnoticed.
//
// The nullifier is a number that a member's secret and the election determine, and that tells nothing of the secret.
// A second vote of the same member has the same nullifier, so whoever counts refuses it. In another election the number
// is another one, and nobody can tell that the two belong together. Groups are those of merkle-membership: the same
// leaves, the same tree. Whoever counts must refuse numbers that are not below the field's prime: nullifier + prime is
// the same element and would look like another voter. The verifier of this program does.
template AnonymousVote(depth) {
    signal input secret;                // private, any field element
    signal input path_elements[depth];  // private: the nodes beside the path, from the leaf's sibling up
    signal input path_indices[depth];   // private: 1 where the path comes from the right child, else 0
    signal input root;                  // public: the group
    signal input election;              // public, any field element
    signal input nullifier;             // public: Poseidon(secret, election)
    signal input vote;                  // public: 0 or 1

    component leaf = Poseidon(1);
    leaf.in[0] <== secret;
    component path = MerkleRoot(depth);
    path.leaf <== leaf.out;
    path.elements <== path_elements;
    path.indices <== path_indices;
    root === path.root;

    component once = Poseidon(2);
    once.in[0] <== secret;
    once.in[1] <== election;
    nullifier === once.out;

    // This also ties the proof to the vote: a public signal in no constraint could be exchanged afterwards.
    vote * (vote - 1) === 0;
}

component main {public [root, election, nullifier, vote]} = AnonymousVote(20);
