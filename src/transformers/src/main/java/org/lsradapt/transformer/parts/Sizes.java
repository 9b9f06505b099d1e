package org.lsradapt.transformer.parts;

final class Sizes {

    private Sizes() {}

    static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("transformer: " + name + " is " + value + ", expected >= 1");
        }
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException("transformer: " + message);
        }
    }
}
