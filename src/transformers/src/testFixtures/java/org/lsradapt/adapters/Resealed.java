package org.lsradapt.adapters;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

/** Puts checksums into the files of a folder that was edited, in the places where there are some. */
public final class Resealed {

    private Resealed() {}

    /** A tensor file with the seal of a configuration. */
    public static byte[] tensors(byte[] tensors, byte[] config) {
        return replaced(tensors, "(\"" + ConfigSeal.NAME + "\":\")[0-9a-f]{8}\"", "$1" + ConfigSeal.of(config) + "\"");
    }

    /** A configuration with length and checksum of a tensor file. */
    public static byte[] config(byte[] config, byte[] tensors) {
        CRC32C crc = new CRC32C();
        crc.update(tensors);
        byte[] counted = replaced(config, "(\"bytes\"\\s*:\\s*)\\d+", "$1" + tensors.length);
        return replaced(
                counted,
                "(\"crc32c\"\\s*:\\s*\")[0-9a-f]{8}\"",
                "$1" + String.format(Locale.ROOT, "%08x", crc.getValue()) + "\"");
    }

    private static byte[] replaced(byte[] content, String expression, String replacement) {
        return new String(content, StandardCharsets.ISO_8859_1)
                .replaceFirst(expression, replacement)
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
