package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.lsradapt.io.SafeTensors;

/**
 * Ties a folder's two files together. The tensor file's metadata holds the checksum of {@code adapter_config.json} without its field
 * {@code tensors}; that field holds the tensor file's checksum. docs/reference/format.md describes it.
 */
final class ConfigSeal {

    /** The key of the checksum in the tensor file's metadata. */
    static final String NAME = "adapter_config_crc32c";

    private static final String LEFT_OUT = "\"tensors\"";

    private ConfigSeal() {}

    /** CRC-32C, eight hexadecimal digits, of everything except that field and white space outside strings. */
    static String of(byte[] config) {
        // One char per byte, so that positions are those of the file.
        String text = new String(config, StandardCharsets.ISO_8859_1);
        int from = Math.max(text.lastIndexOf(LEFT_OUT), 0);
        int to = text.indexOf('}', from);
        CRC32C crc = new CRC32C();
        boolean inString = false;
        boolean escaped = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((i < from || i > to) && (inString || " \t\r\n".indexOf(c) < 0)) {
                crc.update(c);
            }
            inString ^= c == '"' && !escaped;
            escaped = inString && c == '\\' && !escaped;
        }
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /** Compares a configuration with its seal in the tensor file. */
    static void require(String config, byte[] content, SafeTensors tensors) throws IOException {
        String expected = tensors.metadata().get(NAME);
        if (expected == null) {
            throw new IOException(tensors.location() + ": has no " + NAME
                    + " in its metadata, expected the checksum of " + AdapterConfigFile.NAME);
        }
        String found = of(content);
        if (!found.equals(expected)) {
            throw new IOException(
                    config + ": altered, found CRC-32C " + found + ", the tensor file expects " + expected);
        }
    }
}
