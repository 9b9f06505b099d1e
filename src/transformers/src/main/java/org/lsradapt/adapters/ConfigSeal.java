package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.lsradapt.io.internal.BoundedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one of a folder's two files: the tensor file's metadata has the checksum of {@code adapter_config.json} without its
 * field {@code tensors}, which has the tensor file's. docs/format.md describes it.
 */
final class ConfigSeal {

    /** Its name in the tensor file's metadata. */
    static final String NAME = "adapter_config_crc32c";

    private static final String LEFT_OUT = "\"tensors\"";
    private static final Logger LOG = LoggerFactory.getLogger(ConfigSeal.class);

    private ConfigSeal() {}

    /** CRC-32C, eight hexadecimal digits, of all but that field, without white space outside of strings. */
    static String of(byte[] config) {
        // One char a byte, so that positions are those of the file.
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

    /**
     * Compares a configuration with its seal; that of a folder without one is logged.
     *
     * @return whether there is one
     * @throws IOException if the configuration is another than was saved
     */
    static boolean check(Path config, Map<String, String> metadata) throws IOException {
        String expected = metadata.get(NAME);
        if (expected == null) {
            LOG.info(
                    "{}: not sealed, its folder was written by an earlier version; changes to it go unnoticed", config);
            return false;
        }
        String found = of(BoundedFile.read(config, BoundedFile.SMALL));
        if (!found.equals(expected)) {
            throw new IOException(
                    config + ": altered, found CRC-32C " + found + ", the tensor file expects " + expected);
        }
        return true;
    }
}
