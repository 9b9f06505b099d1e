package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ConfigSealTest {

    private static String seal(String config) {
        return ConfigSeal.of(config.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    @Test
    void of_config_isTheChecksumOfAllButWhiteSpaceAndTheTensors() {
        assertEquals(
                checksum("{'a':'ü x','b':[1,2],}"),
                seal("{\n\t'a' : 'ü x', 'b': [1,\r\n 2],\n 'tensors' : {'bytes' : 3, 'crc32c': '00'}\n}\n"));
        assertEquals(checksum("{'a':1,,'b':2}"), seal("{'a':1,'tensors':{'bytes':4},'b':2}"));
    }

    /** A quotation mark behind a backslash does not end a text, one behind two does. */
    @Test
    void of_whiteSpaceInTexts_counts() {
        assertNotEquals(seal("{'a':'x y','tensors':{}}"), seal("{'a':'xy','tensors':{}}"));
        assertNotEquals(seal("{'a':'x\\' y','tensors':{}}"), seal("{'a':'x\\'y','tensors':{}}"));
        assertEquals(seal("{'a':'x\\\\', 'b':' ','tensors':{}}"), seal("{'a':'x\\\\','b':' ','tensors':{}}"));
        assertNotEquals(seal("{'a':'x\\\\','b':' ','tensors':{}}"), seal("{'a':'x\\\\','b':'','tensors':{}}"));
    }
}
