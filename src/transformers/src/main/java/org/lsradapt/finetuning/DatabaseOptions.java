package org.lsradapt.finetuning;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.lsradapt.data.Table;
import org.lsradapt.lsr.internal.Require;

/** The options of tables beyond files in UTF-8: the encoding, and queries of a database. */
public final class DatabaseOptions {
    /** The environment variable of the password. */
    public static final String PASSWORD = "LSR_JDBC_PASSWORD";

    /** The encoding of files. */
    public static final TaskOption ENCODING = TaskOption.value(
            "--encoding", "NAME", "Encoding of the data files, such as windows-1252 or UTF-16. Default: UTF-8.");

    /** The query for the rows. */
    public static final TaskOption SQL = TaskOption.value(
            "--sql", "QUERY", "With --jdbc: the query whose rows are read instead of a file's. AS names columns.");

    /** The query for the evaluation rows. */
    public static final TaskOption DEV_SQL =
            TaskOption.value("--dev-sql", "QUERY", "With --jdbc: the query for the evaluation data.");

    private static final TaskOption JDBC = TaskOption.value(
            "--jdbc",
            "URL",
            "JDBC URL of a database, such as jdbc:postgresql://HOST/NAME or jdbc:duckdb:, without a password. Its"
                    + " driver is on the class path, or see --jdbc-driver-path.");
    private static final TaskOption USER = TaskOption.value("--jdbc-user", "NAME", "With --jdbc: the database's user.");
    private static final TaskOption PASSWORD_FILE = TaskOption.input(
            "--jdbc-password-file",
            "FILE",
            "With --jdbc: the file whose first line is the password. Default: the environment variable " + PASSWORD
                    + ".");
    private static final TaskOption DRIVER = new TaskOption(
            "--jdbc-driver-path",
            TaskOption.Form.INPUT_LIST,
            "JAR",
            "With --jdbc: the archives of the database's driver.");

    private static final Pattern WITH_PASSWORD =
            Pattern.compile("(?i)[?&;:,/](password|pwd|pass)\\s*=|//[^/?;@]*:[^/?;@]*@|:[^/:@]+/[^/:@]+@");

    private static final Map<String, String> ARTIFACTS = Map.of(
            "postgresql", "org.postgresql:postgresql",
            "mysql", "com.mysql:mysql-connector-j",
            "mariadb", "org.mariadb.jdbc:mariadb-java-client",
            "duckdb", "org.duckdb:duckdb_jdbc",
            "h2", "com.h2database:h2",
            "sqlite", "org.xerial:sqlite-jdbc",
            "sqlserver", "com.microsoft.sqlserver:mssql-jdbc",
            "oracle", "com.oracle.database.jdbc:ojdbc11");

    private DatabaseOptions() {}

    /** Returns all options, except the query for evaluation rows. */
    public static List<TaskOption> all() {
        return List.of(ENCODING, JDBC, SQL, USER, PASSWORD_FILE, DRIVER);
    }

    /** Throws an {@link IllegalArgumentException} if the options of a query do not fit each other. */
    public static void check(TaskOptions given) {
        if (!given.has(JDBC)) {
            for (TaskOption option : List.of(SQL, DEV_SQL, USER, PASSWORD_FILE, DRIVER)) {
                Require.argument(!given.has(option), "%s: expected --jdbc URL as well", option.name());
            }
            return;
        }
        Require.argument(given.has(SQL) || given.has(DEV_SQL), "--jdbc: expected --sql QUERY as well");
        String url = given.value(JDBC).orElseThrow();
        Require.argument(
                !WITH_PASSWORD.matcher(url).find(),
                "--jdbc: the URL has a password, which other users of this machine could see, expected none; use"
                        + " --jdbc-password-file FILE or the environment variable %s",
                PASSWORD);
        Require.argument(url.startsWith("jdbc:"), "--jdbc %s: expected a URL that begins with jdbc:", url);
    }

    static Charset encoding(String name) {
        try {
            return Charset.forName(name);
        } catch (UnsupportedCharsetException | java.nio.charset.IllegalCharsetNameException e) {
            throw new IllegalArgumentException(
                    "--encoding " + name + ": Java does not know it, expected such as UTF-8, UTF-16 or windows-1252",
                    e);
        }
    }

    /** Returns the rows of a query with the database that the options name. */
    public static Table query(TaskOptions given, TaskOption sql) {
        check(given);
        Require.argument(
                !given.has(ENCODING) && !given.has(TaskOption.FORMAT),
                "%s: expected no --encoding and no --format, which are for files",
                sql.name());
        return Table.query(() -> connect(given), given.value(sql).orElseThrow());
    }

    private static Connection connect(TaskOptions given) throws SQLException {
        String url = given.value(JDBC).orElseThrow();
        Properties login = new Properties();
        given.value(USER).ifPresent(user -> login.setProperty("user", user));
        password(given).ifPresent(password -> login.setProperty("password", password));
        Connection connection = driver(url, given).connect(url, login);
        if (connection == null) {
            throw new SQLException("the driver does not accept the URL");
        }
        return connection;
    }

    private static Optional<String> password(TaskOptions given) throws SQLException {
        Optional<Path> file = given.path(PASSWORD_FILE);
        if (file.isEmpty()) {
            return Optional.ofNullable(System.getenv(PASSWORD));
        }
        try {
            return Optional.of(Files.readString(file.get()).lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw new SQLException("the password file cannot be read: " + e.getMessage(), e);
        }
    }

    static Driver driver(String url, TaskOptions given) throws SQLException {
        for (Driver driver : ServiceLoader.load(Driver.class, loader(given))) {
            if (driver.acceptsURL(url)) {
                return driver;
            }
        }
        String kind = url.split(":", -1)[1];
        String artifact = ARTIFACTS.getOrDefault(kind, "the database's");
        throw new SQLException("there is no driver for jdbc:" + kind + ", expected " + artifact
                + " on the class path, or its archive as --jdbc-driver-path JAR");
    }

    /**
     * The loader stays open as long as the program, since connections load further classes. Archives do not see the program's
     * classes, which include a part of H2.
     */
    private static ClassLoader loader(TaskOptions given) throws SQLException {
        List<String> archives = given.values(DRIVER);
        URL[] urls = new URL[archives.size()];
        try {
            for (int i = 0; i < urls.length; i++) {
                urls[i] = Path.of(archives.get(i)).toUri().toURL();
            }
        } catch (MalformedURLException e) {
            throw new SQLException(e.getMessage(), e);
        }
        return urls.length == 0
                ? DatabaseOptions.class.getClassLoader()
                : new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }
}
