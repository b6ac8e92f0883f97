// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "bits.circom";

// A day of the Gregorian calendar from 1901-01-01 to 2099-12-31; no other three numbers have a solution.
// Between those years every fourth one is a leap year, without the exceptions of 1900 and 2100.
// `number` is yyyymmdd, so that the later day has the larger number; it is below 2^25.
template CalendarDate() {
    signal input year;
    signal input month;
    signal input day;
    signal output number;

    // Both ends of 1901..2099. 1904, three years after 1901, is the first leap year: those with both low bits set.
    component since_1901 = ToBits(8);
    since_1901.in <== year - 1901;
    component until_2099 = ToBits(8);
    until_2099.in <== 2099 - year;
    signal leap <== since_1901.out[0] * since_1901.out[1];

    component month_bits = ToBits(4);
    month_bits.in <== month;
    component month_from_1 = AssertAtLeast(4);
    month_from_1.a <== month;
    month_from_1.b <== 1;
    component month_to_12 = AssertAtLeast(4);
    month_to_12.a <== 12;
    month_to_12.b <== month;

    // 31 days: 1, 3, 5, 7 (odd, below 8) and 8, 10, 12 (even, from 8), that is lowest bit xor highest bit.
    var lowest = month_bits.out[0];
    var highest = month_bits.out[3];
    signal both <== lowest * highest;
    // Even and below 8 are 2, 4 and 6, and only February is without the bit of 4.
    signal even_below_8 <== (1 - lowest) * (1 - highest);
    signal february <== even_below_8 * (1 - month_bits.out[2]);
    signal missing <== february * (2 - leap);
    signal days <== 30 + (lowest + highest - 2 * both) - missing;

    component day_bits = ToBits(5);
    day_bits.in <== day;
    component day_from_1 = AssertAtLeast(5);
    day_from_1.a <== day;
    day_from_1.b <== 1;
    component day_to_last = AssertAtLeast(5);
    day_to_last.a <== days;
    day_to_last.b <== day;

    number <== year * 10000 + month * 100 + day;
}
