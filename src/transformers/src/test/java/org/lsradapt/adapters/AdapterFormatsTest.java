package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class AdapterFormatsTest {

    @Test
    void twoFormatsOfOnePeftType_areRefused() {
        AdapterFormats formats = new AdapterFormats(List.of(LsrFormat.INSTANCE));
        assertEquals(
                "adapter formats: org.lsradapt.adapters.LsrFormat and org.lsradapt.adapters.LsrFormat are both of"
                        + " peft_type LSR",
                assertThrows(IllegalStateException.class, () -> formats.named("LSR"))
                        .getMessage());
    }
}
