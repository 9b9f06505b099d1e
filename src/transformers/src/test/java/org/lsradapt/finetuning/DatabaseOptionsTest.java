package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.LabelledData;

class DatabaseOptionsTest {
    private static final String H2 = "jdbc:h2:mem:options;DB_CLOSE_DELAY=-1";

    @TempDir
    Path folder;

    @Test
    void password_isReadFromAFile() throws Exception {
        try (Connection open = DriverManager.getConnection("jdbc:h2:mem:options", "ada", "geheim")) {
            Path right = Files.writeString(folder.resolve("right"), "geheim\n");
            Path wrong = Files.writeString(folder.resolve("wrong"), "falsch");
            assertEquals("x", text("--jdbc", H2, "--jdbc-user", "ada", "--jdbc-password-file", right.toString()));
            String refused = refused("--jdbc", H2, "--jdbc-user", "ada", "--jdbc-password-file", wrong.toString());
            assertTrue(refused.contains("the database refuses: Wrong user name or password"), refused);
            assertFalse(refused.contains("falsch"), refused);
            Path none = folder.resolve("none");
            assertTrue(refused("--jdbc", H2, "--jdbc-password-file", none.toString())
                    .contains("the password file cannot be read"));
            assertTrue(open.isValid(1));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/mails?user=ada&password=geheim",
                "jdbc:mysql://ada:geheim@db/mails",
                "jdbc:sqlserver://db;databaseName=mails;Password = geheim",
                "jdbc:oracle:thin:ada/geheim@db:1521/mails",
                "jdbc:h2:~/mails;PWD=geheim"
            })
    void password_inTheUrl_isRefusedWithoutRepeatingIt(String url) {
        String message = assertThrows(IllegalArgumentException.class, () -> text("--jdbc", url))
                .getMessage();
        assertTrue(message.contains("--jdbc-password-file FILE or the environment variable LSR_JDBC_PASSWORD"));
        assertFalse(message.contains("geheim"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db:5432/mails?user=ada&ssl=true",
                "jdbc:oracle:thin:@//db:1521/mails",
                "jdbc:sqlserver://db:1433;databaseName=mails;encrypt=true",
                "jdbc:sqlite:/home/ada/mails.db"
            })
    void driver_missing_isNamed(String url) throws Exception {
        String kind = url.split(":", -1)[1];
        DatabaseOptions.check(given("--jdbc", url, "--sql", "SELECT 1"));
        if (!kind.equals("postgresql")) {
            String message = refused("--jdbc", url);
            assertTrue(message.contains("there is no driver for jdbc:" + kind + ", expected "), message);
            assertTrue(message.contains(" on the class path, or its archive as --jdbc-driver-path JAR"), message);
        }
    }

    @Test
    void driver_ofAnArchive_isLoadedWithoutTheClassesOfTheProgram() throws Exception {
        String archive = Path.of(org.h2.Driver.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        assertEquals("x", text("--jdbc", "jdbc:h2:mem:", "--jdbc-driver-path", archive));
        TaskOptions given = given("--jdbc", "jdbc:h2:mem:", "--sql", "SELECT 1", "--jdbc-driver-path", archive);
        assertNotSame(
                org.h2.Driver.class,
                DatabaseOptions.driver("jdbc:h2:mem:", given).getClass());
    }

    @Test
    void options_thatDoNotFit_areRefused() {
        assertEquals("--sql: expected --jdbc URL as well", invalid("--sql", "SELECT 1"));
        assertEquals("--jdbc: expected --sql QUERY as well", invalid("--jdbc", H2));
        assertEquals(
                "--jdbc postgresql://db: expected a URL that begins with jdbc:",
                invalid("--jdbc", "postgresql://db", "--sql", "SELECT 1"));
        assertEquals(
                "--train and --sql: expected one or the other",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> given("--jdbc", H2, "--sql", "SELECT 1", "--train", "a.csv")
                                        .train())
                        .getMessage());
        assertEquals(
                "--sql: expected no --encoding and no --format, which are for files",
                assertThrows(IllegalArgumentException.class, () -> text("--jdbc", H2, "--format", "csv"))
                        .getMessage());
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> given("--train", "a.csv", "--encoding", "utf8-sig")
                                .train())
                .getMessage()
                .startsWith("--encoding utf8-sig: Java does not know it, expected"));
        assertEquals(
                "--task classify: found standard input for --train and --dev, expected one file",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> given("--train", "-", "--dev", "-").requireOneFile())
                        .getMessage());
    }

    private static String invalid(String... values) {
        return assertThrows(IllegalArgumentException.class, () -> DatabaseOptions.check(given(values)))
                .getMessage();
    }

    private static String refused(String... values) {
        return assertThrows(IOException.class, () -> text(values)).getMessage();
    }

    private static String text(String... values) throws IOException {
        TaskOptions given = given(values);
        Map<String, List<String>> all = new LinkedHashMap<>(given.values());
        all.put("--sql", List.of("SELECT 'x' AS text"));
        return LabelledData.classification(new TaskOptions("classify", all).train())
                .texts()
                .get(0)
                .first();
    }

    private static TaskOptions given(String... values) {
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            given.put(values[i], List.of(values[i + 1]));
        }
        return new TaskOptions("classify", given);
    }
}
