package org.lsradapt.server.internal.doors;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys that clients have to send. Kept as digests, and compared in constant time. */
public final class ApiKeys {
    private static final String SCHEME = "Bearer ";

    private final List<byte[]> digests;

    /** Accepts these keys; without one, all clients. */
    public ApiKeys(List<String> keys) {
        digests = keys.stream().map(ApiKeys::digest).toList();
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a request may come in with an authorization header, null without one. */
    boolean accept(@Nullable String authorization) {
        if (digests.isEmpty()) {
            return true;
        }
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] given = digest(authorization.substring(SCHEME.length()).strip());
        boolean found = false;
        for (byte[] known : digests) {
            found |= MessageDigest.isEqual(known, given);
        }
        return found;
    }
}
