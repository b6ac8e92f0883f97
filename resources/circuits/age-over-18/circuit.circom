// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/bits.circom";
include "../lib/dates.circom";
include "../lib/poseidon.circom";

// "The birth date that was committed to lies at least 18 years before this day."
//
// 18 years later is the same month and day. Born on 29 February, one is 18 on 1 March of a year without that day.
// Who made the commitment, and whether `today` is today, is for the verifier to know: both are public.
template AgeOver18() {
    signal input birth_year;   // private, as the month, the day and the salt
    signal input birth_month;
    signal input birth_day;
    signal input salt;         // any field element; hides the date behind the commitment
    signal input commitment;   // public: Poseidon(birth_year, birth_month, birth_day, salt)
    signal input today_year;   // public, as the month and the day
    signal input today_month;
    signal input today_day;

    component hash = Poseidon(4);
    hash.in[0] <== birth_year;
    hash.in[1] <== birth_month;
    hash.in[2] <== birth_day;
    hash.in[3] <== salt;
    commitment === hash.out;

    // Real days on both sides first: or else a month of 99 or a day close to the modulus would compare as anything.
    component birth = CalendarDate();
    birth.year <== birth_year;
    birth.month <== birth_month;
    birth.day <== birth_day;
    component today = CalendarDate();
    today.year <== today_year;
    today.month <== today_month;
    today.day <== today_day;

    // Both sides are between 18830101 and 20991231, so below 2^25.
    component old_enough = AssertAtLeast(25);
    old_enough.a <== today.number - 18 * 10000;
    old_enough.b <== birth.number;
}

component main {public [commitment, today_year, today_month, today_day]} = AgeOver18();
