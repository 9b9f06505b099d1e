package com.example;

import org.lsradapt.lsr.backend.Backends;

/** Without an ND4J backend, the exception names the artifact to add. */
class Main {
    public static void main(String[] args) {
        try {
            Backends.standard();
        } catch (IllegalStateException e) {
            if (e.getMessage().contains("add org.nd4j:nd4j-native-platform:")) {
                return;
            }
            throw e;
        }
        throw new AssertionError("found a backend, expected none on the class path");
    }
}
