package org.lsradapt.server.internal.http;

import java.util.Optional;

/** A failure that the client is told, in the shape of OpenAI's errors. The message has no path of this machine. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final transient Optional<String> parameter;

    /** Creates a failure with a status of HTTP, 400 or more. */
    public ApiException(int status, String code, String message) {
        this(status, code, message, Optional.empty());
    }

    private ApiException(int status, String code, String message, Optional<String> parameter) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.parameter = parameter;
    }

    /** Makes the failure of a request that is malformed or asks for what is not supported. */
    public static ApiException invalid(String message) {
        return new ApiException(400, "invalid_request", message);
    }

    public static ApiException invalid(String parameter, String message) {
        return invalid(parameter, "invalid_value", message);
    }

    /** Makes the failure of a request with a wrong parameter, with OpenAI's code for the mistake. */
    public static ApiException invalid(String parameter, String code, String message) {
        return new ApiException(400, code, message, Optional.of(parameter));
    }

    public static ApiException tooLarge(String message) {
        return new ApiException(413, "request_too_large", message);
    }

    public int status() {
        return status;
    }

    /** A word for programs. */
    public String code() {
        return code;
    }

    /** The kind of failure, as OpenAI names it. */
    public String type() {
        return status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
    }

    /** The parameter that is wrong; empty if it is none of them. */
    public Optional<String> parameter() {
        return parameter;
    }
}
