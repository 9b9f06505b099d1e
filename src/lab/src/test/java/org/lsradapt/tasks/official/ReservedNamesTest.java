package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.LabelledData;

/** Own data and the published tasks, which it does not know. */
class ReservedNamesTest {

    static List<String> names() {
        return Tasks.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void name_ofAPublishedTask_isRefused(String name) {
        assertEquals(
                "name \"" + name + "\" is that of a task with official files, expected another one",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(List.of()).name(name))
                        .getMessage());
    }
}
