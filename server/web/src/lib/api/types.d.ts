// Generated from server/openapi.json by `npm run types`. Do not edit.

export interface paths {
    "/api/albums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The albums
         * @description The albums.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only with this artist, by id. */
                    artist?: string;
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only with this genre, by id. */
                    genre?: string;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number;
                    /** @description The order, `artist` (then year and title) if none is named; with a minus before it, backwards */
                    sort?: "artist" | "title" | "year" | "added" | "-artist" | "-title" | "-year" | "-added";
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                    /** @description Only with tracks of this year. */
                    year?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the albums */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlbumList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/albums/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One album with its tracks
         * @description One album with its tracks.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The album's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An album with its tracks */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlbumDetail"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `album_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The artists
         * @description The artists.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those who are named as the artist of an album. */
                    albumArtists?: boolean;
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number;
                    /** @description The order, `name` if none is named; with a minus before it, backwards */
                    sort?: "name" | "tracks" | "-name" | "-tracks";
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the artists */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtistList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/artists/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One artist with albums
         * @description One artist with albums. The tracks are at `/api/tracks?artist=`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The artist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An artist with albums */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtistDetail"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `artist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A backup of everything that people set and of what is known of the music, as of now: an SQLite file
         * @description A backup of everything that people set and of what is known of the music, as of now: an SQLite file. One at a time (409 `backup_under_way`); a client that reads nothing for a minute is hung up on.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/vnd.sqlite3": string;
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `backup_under_way` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The speakers that are connected now
         * @description The speakers that are connected now.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All of them */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/covers/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A picture, by the hash of its bytes (`cover` of a track), as JPEG
         * @description A picture, by the hash of its bytes (`cover` of a track), as JPEG. It never changes and may be kept for ever.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Points of the longer side: the next of 64, 256, 600 and 1200 is answered; default 600. */
                    size?: number;
                };
                header?: never;
                path: {
                    /** @description `cover` of a track */
                    hash: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": string;
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `cover_gone`, `no_cover`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `cover_unreadable`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The edits of files that can be taken back, the latest first
         * @description The edits of files that can be taken back, the latest first. They are kept for `--keep-edits-days`.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this track, by id. */
                    track?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The edits that can be taken back */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/edits/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes an edit back: the track's file is as it was before, to the bit
         * @description Takes an edit back: the track's file is as it was before, to the bit. A file that was changed since is left as it is. This is an edit, too, and can be taken back.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The edit's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A track whose file was changed */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditedTrack"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `edit_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `edit_not_safe`, `file_changed`, `file_in_use`, `file_read_only`, `folder_read_only`, `idempotency_outcome_unknown`, `tags_not_writable`, `track_unavailable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `edit_not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes, as they happen (Server-Sent Events)
         * @description Changes, as they happen (Server-Sent Events). A client that is new, or was away for too long, is sent `resync`, then everything as it is, then `synced`; from then on a client that takes in every event holds what the GETs say.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The id of the last event that was taken in; the header `Last-Event-ID` says the same. */
                    lastEventId?: string;
                    /** @description Only these, by commas: `zone`, `queue`, `speaker`, `presets`, `library`, `playlists`. */
                    types?: string;
                    /** @description Only what belongs to this zone, by name or id. */
                    zone?: string;
                };
                header?: {
                    /** @description The id of the last event that was taken in */
                    "Last-Event-ID"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Frames of Server-Sent Events: `event` is the event's type, `data` an `Event` in JSON, `id` the place in the stream */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_many_followers` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same over a WebSocket: each event a text frame, with `eventId` beside the rest
         * @description The same over a WebSocket: each event a text frame, with `eventId` beside the rest. What is sent to it is ignored.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The id of the last event that was taken in; the header `Last-Event-ID` says the same. */
                    lastEventId?: string;
                    /** @description Only these, by commas: `zone`, `queue`, `speaker`, `presets`, `library`, `playlists`. */
                    types?: string;
                    /** @description Only what belongs to this zone, by name or id. */
                    zone?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Frames of events */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Upgrade Required: `upgrade_required` */
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_many_followers` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/folders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The music folders
         * @description The music folders.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The music folders */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FolderList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/folders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One folder: its folders first, then its tracks
         * @description One folder: its folders first, then its tracks.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description All tracks below, and no folders. */
                    flat?: boolean;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number;
                    /** @description Also what is not there. */
                    unavailable?: boolean;
                };
                header?: never;
                path: {
                    /** @description The folder's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The content of a folder: its folders first, then its tracks, both over all parts */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FolderDetail"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `folder_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/genres": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The genres
         * @description The genres. The tracks of one are at `/api/tracks?genre=`.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description At most so many, 1..=1000; default 1000. */
                    limit?: number;
                    /** @description The order, `name` if none is named; with a minus before it, backwards */
                    sort?: "name" | "tracks" | "-name" | "-tracks";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the genres */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GenreList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of the coordinator
         * @description The state of the coordinator.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The state of the coordinator */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthView"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The plays, as the speakers told them, also of hours without a connection, which arrive when it is back
         * @description The plays, as the speakers told them, also of hours without a connection, which arrive when it is back.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only what could be heard. */
                    audible?: boolean;
                    /** @description `play` (default): the plays of each zone; `speaker`: each stretch of each speaker */
                    by?: "play" | "speaker";
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only what began then or later: RFC 3339, or a date (from midnight UTC). */
                    from?: string;
                    /** @description At most so many, 1..=1000; default 100. There may be fewer though more follow: with many speakers a part ends before it has more than 10,000 stretches. An export has no limit unless one is given. */
                    limit?: number;
                    /** @description Only what this speaker sounded, by name or id. One that was forgotten has only its id. */
                    speaker?: string;
                    /** @description Only what began before that. */
                    to?: string;
                    /** @description Only this track, by id. */
                    track?: string;
                    /** @description Only in this zone, by name or id. One that was deleted has only its id. */
                    zone?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the history */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HistoryList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `speaker_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `speaker_ambiguous` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/history.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same as CSV (RFC 4180), with a line of column names, the latest beginning first
         * @description The same as CSV (RFC 4180), with a line of column names, the latest beginning first. Texts that a spreadsheet would take for a formula begin with an apostrophe.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only what could be heard. */
                    audible?: boolean;
                    /** @description `play` (default): the plays of each zone; `speaker`: each stretch of each speaker */
                    by?: "play" | "speaker";
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only what began then or later: RFC 3339, or a date (from midnight UTC). */
                    from?: string;
                    /** @description At most so many, 1..=1000; default 100. There may be fewer though more follow: with many speakers a part ends before it has more than 10,000 stretches. An export has no limit unless one is given. */
                    limit?: number;
                    /** @description Only what this speaker sounded, by name or id. One that was forgotten has only its id. */
                    speaker?: string;
                    /** @description Only what began before that. */
                    to?: string;
                    /** @description Only this track, by id. */
                    track?: string;
                    /** @description Only in this zone, by name or id. One that was deleted has only its id. */
                    zone?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `speaker_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `speaker_ambiguous` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/library": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The progress of the library: each folder, and the work in the background
         * @description The progress of the library: each folder, and the work in the background.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The library's folders, the scan, and what follows in the background */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LibraryView"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/library/faults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every file with a fault, and everything that was left out, each with the reason
         * @description Every file with a fault, and everything that was left out, each with the reason.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description At most so many, 1..=1000; default 200. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the faults */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LibraryFaults"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/library/rescan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Looks for new, changed and missing files, in the background
         * @description Looks for new, changed and missing files, in the background.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Begun */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too Many Requests: `too_often` */
                429: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/library/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Looks for new, changed and missing files, in the background
         * @description Looks for new, changed and missing files, in the background.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ScanRequest"];
                };
            };
            responses: {
                /** @description Begun */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too Many Requests: `too_often` */
                429: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `library_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description
         * @description This description.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The next entry of the queue; after the last one, the end
         * @description The next entry of the queue; after the last one, the end.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hold at the frame then heard
         * @description Hold at the frame then heard.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library
         * @description Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PlayRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/previous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The start of the current entry; the entry before, if less than three seconds of it were heard
         * @description The start of the current entry; the entry before, if less than three seconds of it were heard.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on where it is held; a stopped zone starts its queue
         * @description Go on where it is held; a stopped zone starts its queue.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/seek": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on elsewhere in the track; a paused zone stays paused there
         * @description Go on elsewhere in the track; a paused zone stays paused there.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SeekRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The playback of a zone as it is now
         * @description The playback of a zone as it is now.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The zone's name or id; default `all`. */
                    zone?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A zone's playback */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackState"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop: the zone is silent
         * @description Stop: the zone is silent.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playback/volume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set the zone's loudness, or mute it
         * @description Set the zone's loudness, or mute it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["VolumeRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playlists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The playlists
         * @description The playlists.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number;
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the playlists */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistList"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Make a playlist, of tracks or of a rule
         * @description Make a playlist, of tracks or of a rule.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewPlaylist"];
                };
            };
            responses: {
                /** @description A playlist */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `too_many_entries`, `too_many_playlists` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playlists/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One playlist with its entries; those of a smart playlist are found now, and come in one part
         * @description One playlist with its entries; those of a smart playlist are found now, and come in one part.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number;
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A playlist with a part of its entries */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistDetail"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a playlist
         * @description Delete a playlist. The tracks stay.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be deleted */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PlaylistView"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a playlist, or give a smart one another rule
         * @description Rename a playlist, or give a smart one another rule.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PlaylistEdit"];
                };
            };
            responses: {
                /** @description A playlist */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `playlist_smart` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PlaylistView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/playlists/{id}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add tracks
         * @description Add tracks.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewEntries"];
                };
            };
            responses: {
                /** @description A playlist */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `playlist_smart`, `too_many_entries` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PlaylistView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Remove entries
         * @description Remove entries.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RemovedEntries"];
                };
            };
            responses: {
                /** @description A playlist */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `playlist_smart` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PlaylistView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Move entries
         * @description Move entries.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MovedEntries"];
                };
            };
            responses: {
                /** @description A playlist */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `playlist_smart` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PlaylistView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/playlists/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A playlist as a file
         * @description A playlist as a file.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The kind of file; default `m3u8` */
                    format?: "m3u8" | "m3u" | "pls";
                    /** @description Paths below this folder are written from there. */
                    relativeTo?: string;
                };
                header?: never;
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The file; its type follows from `format` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/vnd.apple.mpegurl": string;
                        "audio/x-mpegurl": string;
                        "audio/x-scpls": string;
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `playlist_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/playlists/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a playlist of an M3U, M3U8 or PLS file, which is the body
         * @description Make a playlist of an M3U, M3U8 or PLS file, which is the body. Tracks are found by path, by the names of file and folder, or by artist and title.
         */
        post: {
            parameters: {
                query: {
                    /** @description The folder that the file lay in, from which relative paths count; without it the music folders are tried. */
                    folder?: string;
                    /** @description The name of the new playlist. */
                    name: string;
                };
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            /** @description The file, at most 16 MiB. Its own bytes tell its format. */
            requestBody: {
                content: {
                    "application/vnd.apple.mpegurl": string;
                    "audio/x-mpegurl": string;
                    "audio/x-scpls": string;
                    "text/plain": string;
                };
            };
            responses: {
                /** @description The outcome of an import */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ImportReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `too_many_entries`, `too_many_playlists` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large`, `playlist_too_long` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The presets
         * @description The presets.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All presets */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Save the present set of zones: which speakers are in which zone, and all volumes
         * @description Save the present set of zones: which speakers are in which zone, and all volumes. What plays is not part of it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PresetRequest"];
                };
            };
            responses: {
                /** @description A set of zones */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `name_taken`, `too_many_presets` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/presets/{preset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One preset
         * @description One preset.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A set of zones */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `preset_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Save the present set of zones in place of what the preset held
         * @description Save the present set of zones in place of what the preset held.
         */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PresetEditRequest"];
                };
            };
            responses: {
                /** @description A set of zones */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `preset_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `name_taken` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PresetView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Delete a preset
         * @description Delete a preset.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant to be deleted */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `preset_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PresetView"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a preset
         * @description Rename a preset.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant to be renamed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PresetEditRequest"];
                };
            };
            responses: {
                /** @description A set of zones */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `preset_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `name_taken` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_PresetView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/presets/{preset}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a preset back
         * @description Bring a preset back. Only speakers that move hear anything of it, beside volumes that change; zones that are gone are made again, zones and speakers that the preset does not know stay as they are.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["RecallRequest"];
                };
            };
            responses: {
                /** @description All of it is done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecallReply"];
                    };
                };
                /** @description Some of it is done */
                207: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecallReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `preset_not_found`, `route_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Nothing of it is done; or a problem: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecallReply"];
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `at_too_far`, `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a backup in the place of what is set now
         * @description Put a backup in the place of what is set now. What was there is kept in a folder. Zones hold where the backup says; the coordinator starts anew right after the answer, within a second or two. At most 4 GiB are taken (413), and only a database of the coordinator's own form: nothing in it is run.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description The file that /api/backup answered */
            requestBody?: {
                content: {
                    "application/vnd.sqlite3": string;
                };
            };
            responses: {
                /** @description The outcome of a restore */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RestoreReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `restore_under_way` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field`, `not_a_backup` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search for tracks, albums, artists and playlists, the best hits first
         * @description Search for tracks, albums, artists and playlists, the best hits first.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before; only together with `type`. */
                    cursor?: string;
                    /** @description At most so many of a kind, 1..=1000; default 20. */
                    limit?: number;
                    /** @description The text that was typed: words, or beginnings of words; `"phrases"`; `artist:`, `album:`, `albumartist:`, `title:`, `genre:`, `composer:`, `path:`; `year:1990..1999`, `year:1990s`; `format:flac`; `rate:44.1k`, `rate:96k..`; `added:7d`; each with a minus before it: without. Anything is a valid query. */
                    q?: string;
                    /** @description Only this kind; without it every kind is looked for, and there is no next part. */
                    type?: components["schemas"]["SearchType"];
                    /** @description Also what is not there. */
                    unavailable?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The hits of a search */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchReply"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/speakers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The speakers, connected or not; all, or those that a selector picks
         * @description The speakers, connected or not; all, or those that a selector picks.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A selector: `all`, `zone:bar`, `name:kitchen`, `site=41,floor in (1,2),!outdoor`; a comma means "and". */
                    select?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All speakers */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/speakers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One speaker
         * @description One speaker.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A speaker: what people set, and what it said of itself last */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `speaker_ambiguous` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Forget a speaker that is not connected
         * @description Forget a speaker that is not connected.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the speaker that is meant */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `speaker_ambiguous`, `speaker_connected` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a speaker, move it to another zone, set its volume, bounds, mute, output delay or labels
         * @description Rename a speaker, move it to another zone, set its volume, bounds, mute, output delay or labels. One that is away keeps its place and what is set, and takes it up when it returns.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the speaker that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["SpeakerRequest"];
                };
            };
            responses: {
                /** @description A speaker: what people set, and what it said of itself last */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `name_taken`, `speaker_ambiguous` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_SpeakerView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `at_too_far`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/speakers/{id}/identify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a speaker chirp, to find it
         * @description Have a speaker chirp, to find it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `speaker_ambiguous`, `speaker_not_connected` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too Many Requests: `too_often` */
                429: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/speakers/{id}/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The speakers that are gone, and whose place this one could take: those of its name first, then the last seen
         * @description The speakers that are gone, and whose place this one could take: those of its name first, then the last seen.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The new speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All speakers */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `speaker_ambiguous`, `speaker_connected` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Put a new speaker in the place of one that is gone (its card was written anew, its box was exchanged): it takes over name, zone, volume, bounds, channels, labels, output delay and its part in presets
         * @description Put a new speaker in the place of one that is gone (its card was written anew, its box was exchanged): it takes over name, zone, volume, bounds, channels, labels, output delay and its part in presets. The other one is forgotten.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The new speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReplaceRequest"];
                };
            };
            responses: {
                /** @description A speaker: what people set, and what it said of itself last */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `speaker_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `speaker_ambiguous`, `speaker_connected` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/speakers/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do something with every speaker that a selector picks
         * @description Do something with every speaker that a selector picks. The loudness changes on all of them in the same instant. `select` may stand in the body instead of the query.
         */
        post: {
            parameters: {
                query: {
                    /** @description A selector: `all`, `zone:bar`, `name:kitchen`, `site=41,floor in (1,2),!outdoor`; a comma means "and". */
                    select: string;
                };
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ActionRequest"];
                };
            };
            responses: {
                /** @description All did it */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TargetsReply"];
                    };
                };
                /** @description Some did it */
                207: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TargetsReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `no_target`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description None did it; or a problem: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TargetsReply"];
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `at_too_far`, `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tracks of the library, also those that cannot be played, with the reason
         * @description The tracks of the library, also those that cannot be played, with the reason.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this album, by id. */
                    album?: string;
                    /** @description Only of this artist, by id. */
                    artist?: string;
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only in this folder or below, by id. */
                    folder?: string;
                    /** @description Only of this genre, by id. */
                    genre?: string;
                    /** @description At most so many, 1..=1000; default 1000. */
                    limit?: number;
                    /** @description Only tracks that match this; the grammar of `/api/search`. */
                    search?: string;
                    /** @description The order; with a minus before it, backwards. Default: by artist, album, disc and number */
                    sort?: "artist" | "title" | "album" | "year" | "added" | "duration" | "path" | "disc" | "-artist" | "-title" | "-album" | "-year" | "-added" | "-duration" | "-path" | "-disc";
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                    /** @description Only of this year. */
                    year?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of the list */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrackList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One track
         * @description One track.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The track's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A track */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrackView"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `track_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a track's file, for good
         * @description Delete a track's file, for good. Only if the coordinator was started with `--allow-delete`.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The track's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `delete_not_allowed`, `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `track_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `file_changed`, `file_in_use`, `file_read_only`, `folder_read_only`, `track_unavailable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a track's tags, in its file: the fields that are named, and nothing else of it
         * @description Change a track's tags, in its file: the fields that are named, and nothing else of it. The track keeps its id; what plays is not disturbed. A file that a decoder and another reader of tags would not find as it was is left as it is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The track's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["TrackEdit"];
                };
            };
            responses: {
                /** @description A track whose file was changed */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditedTrack"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `track_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `edit_not_safe`, `file_changed`, `file_in_use`, `file_read_only`, `folder_read_only`, `tags_not_writable`, `track_unavailable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `edit_not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/tracks/{id}/cover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A track's picture, as JPEG
         * @description A track's picture, as JPEG.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Points of the longer side: the next of 64, 256, 600 and 1200 is answered; default 600. */
                    size?: number;
                };
                header?: never;
                path: {
                    /** @description The track's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": string;
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `cover_gone`, `no_cover`, `route_not_found`, `track_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `cover_unreadable`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tracks/{id}/waveform": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The shape of a track's sound, in 1000 parts of equal length
         * @description The shape of a track's sound, in 1000 parts of equal length. 404 `no_waveform` as long as it is not known.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The track's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The shape of a track's sound */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WaveformView"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `no_waveform`, `route_not_found`, `track_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/years": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The years that tracks were published in
         * @description The years that tracks were published in. The tracks of one are at `/api/tracks?year=`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All years */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["YearList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `too_busy` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The zones
         * @description The zones.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All zones */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneList"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Make a zone
         * @description Make a zone.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ZoneRequest"];
                };
            };
            responses: {
                /** @description A zone */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `name_taken`, `too_many_zones` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One zone
         * @description One zone.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A zone */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a zone and its queue
         * @description Delete a zone and its queue. Its speakers fall back to the default zone and join what that plays; no other speaker hears anything of it. The default zone cannot be deleted.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the zone that is meant to be deleted */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The outcome of a deletion */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneDeletedReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `default_zone` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_ZoneView"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a zone, set its volume, mute it
         * @description Rename a zone, set its volume, mute it. What it plays is not disturbed.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the zone that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["ZoneEditRequest"];
                };
            };
            responses: {
                /** @description A zone */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `name_taken`, `too_much_pending` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_ZoneView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/zones/{zone}/metronome": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have every speaker of a zone tick in the same instants, once a second, over whatever plays: for trimming output delays by ear
         * @description Have every speaker of a zone tick in the same instants, once a second, over whatever plays: for trimming output delays by ear. It ends by itself after ten minutes; switched on again it goes on for as long.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MetronomeRequest"];
                };
            };
            responses: {
                /** @description The metronome of a zone */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetronomeView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too Many Requests: `too_often` */
                429: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Do nothing of what was asked for with an `at` that lies further ahead
         * @description Do nothing of what was asked for with an `at` that lies further ahead. A change that is less than five seconds away is on its way already.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The next entry of the queue; after the last one, the end
         * @description The next entry of the queue; after the last one, the end.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hold at the frame then heard
         * @description Hold at the frame then heard.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library
         * @description Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["PlayRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/previous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The start of the current entry; the entry before, if less than three seconds of it were heard
         * @description The start of the current entry; the entry before, if less than three seconds of it were heard.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on where it is held; a stopped zone starts its queue
         * @description Go on where it is held; a stopped zone starts its queue.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/seek": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on elsewhere in the track; a paused zone stays paused there
         * @description Go on elsewhere in the track; a paused zone stays paused there.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SeekRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The playback of a zone as it is now
         * @description The playback of a zone as it is now.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A zone's playback */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackState"];
                    };
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop: the zone is silent
         * @description Stop: the zone is silent.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/playback/volume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set the zone's loudness, or mute it
         * @description Set the zone's loudness, or mute it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["VolumeRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `nothing_playing`, `queue_empty`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A part of the queue of a zone
         * @description A part of the queue of a zone.
         */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many, 1..=1000; default 500. */
                    limit?: number;
                    /** @description The index of the first entry; default: 0, and of a queue that is longer than `limit` the part around the current entry. */
                    offset?: number;
                    /** @description `queue` (default): as they stand. `play`: what comes after the current entry, as it will be played; `offset` is not looked at. */
                    order?: components["schemas"]["QueueOrder"];
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A part of a queue */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueueView"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Add to a zone's queue
         * @description Add to a zone's queue. What sounds is not disturbed, unless it is to be played now.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["EnqueueRequest"];
                };
            };
            responses: {
                /** @description The new entries */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EnqueueReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `nothing_found`, `route_not_found`, `track_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `queue_full`, `too_many_queue_entries`, `too_much_pending`, `track_unplayable` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Take everything out of the queue but what sounds
         * @description Take everything out of the queue but what sounds.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Move entries within the queue, together
         * @description Move entries within the queue, together. What sounds is not disturbed.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MoveManyRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/zones/{zone}/queue/{entry}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an entry out of the queue
         * @description Take an entry out of the queue. If it is the current one, the next one starts.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The entry's id */
                    entry: string;
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Move an entry within the queue
         * @description Move an entry within the queue. What sounds is not disturbed.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The entry's id */
                    entry: string;
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["MoveRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `entry_not_found`, `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/zones/{zone}/queue/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take entries out of the queue
         * @description Take entries out of the queue. If the current one is among them, the next one that stays starts.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RemoveRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_QueueView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/queue/save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Save a zone's queue as a playlist: all its entries that the library knows, in their order
         * @description Save a zone's queue as a playlist: all its entries that the library knows, in their order.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Names this request: the same one, sent again within a day, is not done again and gets the first one's answer */
                    "Idempotency-Key"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SaveQueueRequest"];
                };
            };
            responses: {
                /** @description The playlist was there, and has other entries now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description A playlist */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `idempotency_outcome_unknown`, `name_taken`, `playlist_smart`, `queue_empty`, `too_many_entries`, `too_many_playlists` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `idempotency_key_reused`, `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/zones/{zone}/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Repeat, shuffle, crossfade, loudness, autoplay and loop of a zone
         * @description Repeat, shuffle, crossfade, loudness, autoplay and loop of a zone.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The way of a zone through its queue */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Set all of it: what is not named becomes what it is in a new zone
         * @description Set all of it: what is not named becomes what it is in a new zone.
         */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the session that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["SessionRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `nothing_playing` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_SessionView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change some of it, or nothing if that cannot be
         * @description Change some of it, or nothing if that cannot be. What sounds goes on; a loop that has passed its end goes back to its begin.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the session that is meant to be changed */
                    "If-Match"?: string;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["SessionRequest"];
                };
            };
            responses: {
                /** @description The outcome of a command */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                /** @description Forbidden: `foreign_site`, `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `route_not_found`, `zone_not_found` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Request Timeout: `body_timeout` */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `nothing_playing` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Precondition Failed: `precondition_failed` */
                412: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Changed_SessionView"];
                    };
                };
                /** @description Payload Too Large: `body_too_large` */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unsupported Media Type: `unsupported_charset`, `unsupported_encoding` */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Unprocessable Entity: `invalid_field` */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Internal Server Error: `internal`, `storage_failed` */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Service Unavailable: `stopping` */
                503: {
                    headers: {
                        /** @description Seconds to wait */
                        "Retry-After"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Insufficient Storage: `disk_full`, `not_kept` */
                507: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/media/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file of the library, by the hash of its bytes (`hash` of a track)
         * @description A file of the library, by the hash of its bytes (`hash` of a track). It never changes and may be kept for ever.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string;
                    /** @description The ETag for which the range is meant */
                    "If-Range"?: string;
                    /** @description One range of bytes; several are answered with the whole */
                    Range?: string;
                };
                path: {
                    /** @description `hash` of a track */
                    hash: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The whole file; its type follows from its format */
                200: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                        "audio/aac": string;
                        "audio/aiff": string;
                        "audio/flac": string;
                        "audio/mp4": string;
                        "audio/mpeg": string;
                        "audio/ogg": string;
                        "audio/wav": string;
                    };
                };
                /** @description The part of the file that was asked for */
                206: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                        "audio/aac": string;
                        "audio/aiff": string;
                        "audio/flac": string;
                        "audio/mp4": string;
                        "audio/mpeg": string;
                        "audio/ogg": string;
                        "audio/wav": string;
                    };
                };
                /** @description It is as the client knows it */
                304: {
                    headers: {
                        /** @description The version */
                        ETag?: string;
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Forbidden: `unknown_host` */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not Found: `media_not_found`, `media_unavailable` */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Conflict: `media_changed` */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Range Not Satisfiable: `media_out_of_range` */
                416: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description The kinds of actions.
         * @enum {string}
         */
        Action: "volume" | "mute" | "move" | "identify" | "configure" | "labels";
        /** @description An action on speakers. */
        ActionRequest: components["schemas"]["SpeakerRequest"] & {
            /** @description `volume`, `mute`, `move`, `identify`, `configure` or `labels`: which of the other fields are taken. */
            action: components["schemas"]["Action"];
        };
        /** @description An album with its tracks. */
        AlbumDetail: components["schemas"]["AlbumView"] & {
            /** @description Its tracks by disc and number, at most 1000. */
            tracks: components["schemas"]["TrackView"][];
        };
        /** @description Hits of one kind. */
        AlbumHits: {
            /** @description The best first. */
            items: components["schemas"]["AlbumView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description A part of the albums. */
        AlbumList: {
            /** @description In the order asked for. */
            albums: components["schemas"]["AlbumView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description An album. */
        AlbumView: {
            /**
             * Format: int64
             * @description The time at which its latest track was first seen, seconds since 1970.
             */
            added: number;
            /** @description The album's artist, or that of all its tracks, or "Various Artists". */
            artist: string;
            /** @description BLAKE3 of its picture: its name under `/api/covers/`. */
            cover: string | null;
            /**
             * Format: double
             * @description Their length, seconds.
             */
            duration: number;
            /**
             * Format: uuid
             * @description Follows from title and artist.
             */
            id: string;
            /** @description The title. */
            title: string;
            /** @description The number of its tracks. */
            trackCount: number;
            /**
             * Format: int64
             * @description The latest year of its tracks; null if not known.
             */
            year: number | null;
        };
        /** @description An artist with albums. */
        ArtistDetail: components["schemas"]["ArtistView"] & {
            /** @description The albums by year, at most 1000. */
            albums: components["schemas"]["AlbumView"][];
        };
        /** @description Hits of one kind. */
        ArtistHits: {
            /** @description The best first. */
            items: components["schemas"]["ArtistView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description A part of the artists. */
        ArtistList: {
            /** @description In the order asked for. */
            artists: components["schemas"]["ArtistView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description An artist. */
        ArtistView: {
            /** @description The number of albums that these are on. */
            albumCount: number;
            /**
             * Format: uuid
             * @description Follows from the name.
             */
            id: string;
            /** @description The name. */
            name: string;
            /** @description The number of tracks by this artist or on an album by this artist. */
            trackCount: number;
        };
        /**
         * @description The tracks that are added when the queue comes to its end. Later versions may answer others: a client takes an unknown one as unknown. Only these are taken.
         * @enum {string}
         */
        Autoplay: "off" | "similar" | "playlist";
        /** @description Work in the background, in tracks. */
        BackgroundView: {
            /** @description Those whose loudness and waveform are known. */
            analysed: number;
            /** @description Those whose picture was looked for. */
            covers: number;
            /** @description Of these, those whose hash is known. */
            hashed: number;
            /** @description Tracks that can be played. */
            tracks: number;
        };
        /** @description The part of one entry that a speaker has. */
        CachedEntryView: {
            /**
             * Format: uuid
             * @description The entry of the queue; one that is repeated comes more than once.
             */
            entry: string;
            /** @description The part of its file that is there. */
            state: components["schemas"]["CacheState"];
        };
        /**
         * @description The part of a file that a speaker has. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        CacheState: "ready" | "partly" | "missing";
        /** @description The part of its zone's plan that a speaker has. The counts are of files, each counted once. */
        CacheView: {
            /** @description The plan's first entries, in order. */
            entries: components["schemas"]["CachedEntryView"][];
            /**
             * Format: int64
             * @description Of which nothing is here.
             */
            missing: number;
            /**
             * Format: int64
             * @description Of which a part is here.
             */
            partly: number;
            /**
             * Format: int64
             * @description Here, whole and verified.
             */
            ready: number;
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_PlaylistView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["PlaylistView"];
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_PresetView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["PresetView"];
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_QueueView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["QueueView"];
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_SessionView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["SessionView"];
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_SpeakerView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["SpeakerView"];
        };
        /** @description The problem `precondition_failed`: another change came first. */
        Changed_ZoneView: components["schemas"]["Problem"] & {
            /** @description It as it is now */
            current: components["schemas"]["ZoneView"];
        };
        /**
         * @description The channels that a speaker sounds. Later versions may answer others: a client takes an unknown one as unknown. Only these are taken.
         * @enum {string}
         */
        Channels: "stereo" | "left" | "right" | "mono" | "swapped";
        /** @description All of them. */
        ClientList: {
            /** @description By name. */
            clients: components["schemas"]["ClientView"][];
            /** @description The number of them. */
            count: number;
        };
        /** @description The facts of a connected speaker beyond its id. */
        ClientSpeaker: {
            /** @description The address that it is connected from. */
            address: string | null;
            /** @description The name that people call it by. */
            name: string;
            /** @description As `/api/speakers` answers it. */
            speaker: components["schemas"]["SpeakerView"];
            /** @description The name of its zone. */
            zone: string;
        };
        /** @description A connected speaker. */
        ClientView: components["schemas"]["ClientSpeaker"] & {
            /**
             * Format: int64
             * @description The begin of the connection, milliseconds since 1970.
             */
            connectedAt: number;
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            /** @description The program and its version. */
            userAgent: string;
        };
        /** @description The contents of a backup, which a restored coordinator will know. */
        Contents: {
            /** @description Speakers. */
            speakers: number;
            /** @description Tracks. */
            tracks: number;
            /** @description Zones. */
            zones: number;
        };
        /** @description The current entry. */
        CurrentTrack: {
            /** @description Its album. */
            album: string;
            /** @description Its artist. */
            artist: string;
            /**
             * Format: double
             * @description Its length, seconds.
             */
            duration: number;
            /**
             * Format: uuid
             * @description Its place in the queue.
             */
            entry: string;
            /** @description The kind of file. */
            format: string;
            /**
             * Format: uuid
             * @description The track.
             */
            id: string;
            /** @description Its title. */
            title: string;
        };
        /** @description A track whose file was changed. */
        EditedTrack: components["schemas"]["TrackView"] & {
            /**
             * Format: uuid
             * @description The edit, by which `POST /api/edits/{id}/undo` takes it back; null if the file said all of it already, or if nothing is kept.
             */
            editId: string | null;
            /** @description Notes for the person, in sentences. */
            notes: string[];
        };
        /** @description The edits that can be taken back. */
        EditList: {
            /** @description The latest first; a thousand at most. */
            edits: components["schemas"]["EditView"][];
        };
        /** @description An edit of a file's tags. */
        EditView: {
            /**
             * Format: date-time
             * @description The time at which it was made.
             */
            at: string;
            /** @description The fields that were named. */
            fields: string[];
            /**
             * Format: uuid
             * @description By which it is taken back.
             */
            id: string;
            /** @description The path of its file then; bytes that are no text are shown as �. */
            path: string;
            /**
             * Format: uuid
             * @description The track.
             */
            trackId: string;
        };
        /**
         * @description The place of new entries.
         * @enum {string}
         */
        EnqueuePlace: "end" | "next" | "now" | "replace";
        /** @description The new entries. */
        EnqueueReply: {
            /** @description The number of new entries. */
            added: number;
            /**
             * Format: int64
             * @description The instant at which the first of them is heard, microseconds of server time; null unless they play now.
             */
            at: number | null;
            /** @description The new entries, the first thousand of them. */
            entries: components["schemas"]["QueueEntryView"][];
            /** @description Always true. */
            success: boolean;
        };
        /** @description Tracks to add, named by one of the fields. */
        EnqueueRequest: {
            /** @description An album: its id or its title. */
            album?: string | null;
            /** @description All of an artist; beside `album`: whose album. */
            artist?: string | null;
            /**
             * Format: int64
             * @description For `now`: not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /** @description A folder and all below. */
            folder?: string | null;
            /** @description All of a genre. */
            genre?: string | null;
            /** @description The place by index; it wins over `place`. */
            index?: number | null;
            /** @description The place; default `end`. */
            place?: components["schemas"]["EnqueuePlace"];
            /** @description A playlist: its id or its name. */
            playlist?: string | null;
            /** @description The hits of a search. */
            search?: string | null;
            /**
             * Format: uuid
             * @description One track.
             */
            trackId?: string | null;
            /** @description Several. */
            trackIds?: string[] | null;
        };
        /** @description An event. A client ignores those of a `type` that it does not know: later versions may send more. */
        Event: components["schemas"]["ZoneEvent"] | components["schemas"]["QueueEvent"] | components["schemas"]["SpeakerEvent"] | components["schemas"]["PresetsEvent"] | components["schemas"]["LibraryEvent"] | components["schemas"]["PlaylistsEvent"] | components["schemas"]["ResyncEvent"] | components["schemas"]["SyncedEvent"];
        /** @description The content of a folder: its folders first, then its tracks, both over all parts. */
        FolderDetail: components["schemas"]["FolderView"] & {
            /** @description The folders in it by name. */
            folders: components["schemas"]["FolderView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
            /** @description The tracks in it by name; with `flat` all below by path. */
            tracks: components["schemas"]["TrackView"][];
        };
        /** @description The music folders. */
        FolderList: {
            /** @description As they are configured; those without music are left out. */
            folders: components["schemas"]["FolderView"][];
        };
        /**
         * @description The state of a music folder. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        FolderState: "unknown" | "present" | "empty" | "missing";
        /** @description A folder with music in it or below. */
        FolderView: {
            /**
             * Format: uuid
             * @description Follows from the path.
             */
            id: string;
            /** @description Its own name. */
            name: string;
            /**
             * Format: uuid
             * @description The folder that it is in; null for a music folder.
             */
            parent: string | null;
            /** @description Its path. */
            path: string;
            /** @description The number of tracks in it and below. */
            trackCount: number;
        };
        /** @description A part of the genres. */
        GenreList: {
            /** @description In the order asked for. */
            genres: components["schemas"]["GenreView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description A genre. */
        GenreView: {
            /**
             * Format: uuid
             * @description Follows from the name.
             */
            id: string;
            /** @description The name. */
            name: string;
            /** @description The number of tracks that have it. */
            trackCount: number;
        };
        /** @description The state of the coordinator. */
        HealthView: {
            /** @description Speakers that are connected. */
            clients: number;
            /**
             * Format: uuid
             * @description Names the clock; another after a restart.
             */
            clockId: string;
            /** @description The scan of the music folders. */
            scan: components["schemas"]["ScanView"];
            /**
             * Format: int64
             * @description Now, microseconds of server time.
             */
            serverTime: number;
            /**
             * Format: int64
             * @description The time of its start, milliseconds since 1970: another after a restart or a restore.
             */
            startedAt: number;
            /**
             * @description The state of the coordinator. Later versions may answer others: a client takes an unknown one as unknown.
             * @enum {string}
             */
            status: "healthy";
            /**
             * Format: int64
             * @description Wall time, milliseconds since 1970.
             */
            timestamp: number;
            /** @description Tracks in the library, playable or not. */
            tracks: number;
            /**
             * Format: int64
             * @description Seconds since it started.
             */
            uptime: number;
            /** @description Its version. */
            version: string;
        };
        /** @description A part of the history. */
        HistoryList: {
            /** @description Stretches, ever, that speakers had to drop since they were without a coordinator for too long. */
            dropped: number;
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
            /** @description The latest beginning first. */
            plays: components["schemas"]["PlayView"][];
        };
        /** @description The outcome of an import. */
        ImportReply: {
            /** @description The number of tracks that the file names. */
            named: number;
            /** @description Those that the library does not have. */
            notFound: components["schemas"]["NotFound"][];
            /** @description The new playlist. */
            playlist: components["schemas"]["PlaylistView"];
        };
        /**
         * @description The source of an instant of the history. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        KnownBy: "coordinator" | "speaker" | "arrival";
        /** @description The library is as it is now: its scan, and the revision that changes with its tracks. */
        LibraryEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            state: components["schemas"]["LibraryView"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "library";
        };
        /** @description Something in the music folders that is not as it should be. */
        LibraryFault: {
            /** @description The kind of the fault. */
            kind: components["schemas"]["LibraryFaultKind"];
            /** @description Its path; bytes that are no text are shown as �. */
            path: string;
            /** @description The fault, for people. */
            reason: string;
            /**
             * Format: uuid
             * @description The track, if it is one.
             */
            trackId: string | null;
        };
        /**
         * @description The kind of a fault. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        LibraryFaultKind: "fault" | "warning" | "leftOut";
        /** @description A part of the faults. */
        LibraryFaults: {
            /** @description In the order of their paths. */
            faults: components["schemas"]["LibraryFault"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
            /** @description The number of items of all parts. */
            total: number;
        };
        /** @description The library's folders, the scan, and what follows in the background. */
        LibraryView: {
            /** @description The work that follows when tracks can be played already. */
            background: components["schemas"]["BackgroundView"];
            /** @description Of these, looked at. */
            done: number;
            /** @description Of these, those that cannot be played. */
            failed: number;
            /** @description A fault of the machine: results could not be saved, or files could not be looked at. It says what to do. Tracks that could not be looked at are kept as they are known. */
            fault: string | null;
            /**
             * Format: date-time
             * @description The end of the last scan.
             */
            finishedAt: string | null;
            /** @description The music folders. */
            folders: components["schemas"]["MusicFolderView"][];
            /** @description Files that may be music, in all folders. */
            found: number;
            /**
             * Format: int64
             * @description Another one, and a greater one, whenever tracks came, went or changed: then what was read of them may be old.
             */
            revision: number;
            /** @description True if a scan is under way; else the figures are those of the last one. */
            scanning: boolean;
            /**
             * Format: date-time
             * @description The begin of this scan, or of the last one.
             */
            startedAt: string | null;
            /** @description The number of known tracks, also those that cannot be played and those whose files are not there. */
            tracks: number;
            /** @description The reason why changes are not seen at once everywhere, and what to do about it. */
            watchFault: string | null;
        };
        /** @description A part of the current entry: by seconds, or by frames, which win. */
        LoopRequest: {
            /**
             * Format: double
             * @description Its begin, seconds.
             */
            a?: number | null;
            /**
             * Format: int64
             * @description Its first frame.
             */
            aFrames?: number | null;
            /**
             * Format: double
             * @description Its end, seconds.
             */
            b?: number | null;
            /**
             * Format: int64
             * @description The frame before which it begins again.
             */
            bFrames?: number | null;
        };
        /** @description A part of an entry that is played over and over. */
        LoopView: {
            /**
             * Format: double
             * @description Its begin, seconds.
             */
            a: number;
            /**
             * Format: int64
             * @description Its first frame.
             */
            aFrames: number;
            /**
             * Format: double
             * @description Its end, seconds.
             */
            b: number;
            /**
             * Format: int64
             * @description The frame before which it begins again.
             */
            bFrames: number;
            /**
             * Format: uuid
             * @description The entry.
             */
            entry: string;
        };
        /**
         * @description The measure by which tracks are made equally loud. Later versions may answer others: a client takes an unknown one as unknown. Only these are taken.
         * @enum {string}
         */
        Loudness: "off" | "track" | "album";
        /** @description Switch the metronome on or off. */
        MetronomeRequest: {
            /** @description True to tick. */
            on: boolean;
        };
        /** @description The metronome of a zone. */
        MetronomeView: {
            /**
             * Format: int64
             * @description The first tick, microseconds of server time; every fourth from there is louder.
             */
            at: number | null;
            /**
             * Format: int64
             * @description From one tick to the next, microseconds.
             */
            intervalUs: number;
            /** @description True if it ticks, or is about to. */
            on: boolean;
            /**
             * Format: int64
             * @description It ends by itself then, microseconds of server time.
             */
            until: number | null;
        };
        /** @description Entries to be moved. */
        MovedEntries: {
            /** @description The entries, in the order that they are to have. */
            entries: string[];
            /** @description The index of the first of them when all are there. */
            index: number;
        };
        /** @description Entries, and their new place. */
        MoveManyRequest: {
            /** @description They stand together then, in this order. */
            entries: string[];
            /** @description Before the entry that then has this index, counted without those that move; behind all if there is none. */
            index?: number | null;
            place?: components["schemas"]["MovePlace"] | null;
        };
        /**
         * @description The new place of entries.
         * @enum {string}
         */
        MovePlace: "end" | "next";
        /** @description The new place of an entry. */
        MoveRequest: {
            /** @description Before the entry that then has this index, counted without those that move; behind all if there is none. */
            index?: number | null;
            place?: components["schemas"]["MovePlace"] | null;
        };
        /** @description One music folder. */
        MusicFolderView: {
            /** @description Of these, looked at. */
            done: number;
            /** @description Of these, those that cannot be played. */
            failed: number;
            /** @description Files that may be music. */
            found: number;
            /** @description Its path. */
            path: string;
            /**
             * Format: double
             * @description Files read a second; null if none is being read.
             */
            rate: number | null;
            /**
             * Format: double
             * @description Seconds until all are looked at, as far as can be told.
             */
            secondsLeft: number | null;
            /** @description The folder's state. Tracks of a folder that is not there are kept. */
            state: components["schemas"]["FolderState"];
            /** @description True if all its files are found; before that `found` grows. */
            walked: boolean;
        };
        /** @description Tracks to be added. */
        NewEntries: {
            /** @description The index of the first of them; left out: at the end. */
            index?: number | null;
            /** @description The tracks. */
            trackIds: string[];
        };
        /** @description A new playlist: of tracks, or of a rule. */
        NewPlaylist: {
            /** @description Its name, 1 to 64 characters. */
            name: string;
            rule?: components["schemas"]["Rule"] | null;
            /** @description Its tracks; none: it is empty. */
            trackIds?: string[];
        };
        /** @description A line that names a track that the library does not have. */
        NotFound: {
            /** @description The artist, if the file names one. */
            artist: string | null;
            /** @description The line's number, from 1. */
            line: number;
            /** @description The line's text. */
            text: string;
            /** @description The title, if the file names one. */
            title: string | null;
        };
        /** @description A command that waits for its instant. */
        PendingView: {
            /**
             * Format: int64
             * @description The instant at which it is to be heard, microseconds of server time.
             */
            at: number;
            /**
             * @description The command. Later versions may answer others: a client takes an unknown one as unknown.
             * @enum {string}
             */
            what: "play" | "pause" | "resume" | "seek" | "stop" | "next" | "previous" | "volume";
        };
        /** @description The outcome of a command. */
        PlaybackReply: {
            /**
             * Format: int64
             * @description The instant at which it is heard, microseconds of server time.
             */
            at: number;
            /** @description The zone from then on. */
            state: components["schemas"]["PlaybackState"];
            /** @description Always true: what did not succeed is answered as a problem. */
            success: boolean;
        };
        /** @description A zone's playback. */
        PlaybackState: {
            /**
             * Format: int64
             * @description The instant of `position`, microseconds of server time; in the future if the start was only just decided.
             */
            at: number;
            /**
             * Format: uuid
             * @description Names the clock that `at` and `serverTime` are read from; another after a restart.
             */
            clockId: string;
            currentTrack: components["schemas"]["CurrentTrack"] | null;
            metronome: components["schemas"]["MetronomeView"] | null;
            /** @description True if the zone is silent, whatever the volume. */
            muted: boolean;
            /** @description The commands with an `at` that lies further ahead, the next first. They are not in the other fields yet. */
            pending: components["schemas"]["PendingView"][];
            /** @description The zone's activity. */
            playbackState: components["schemas"]["PlayState"];
            /** @description True if the position advances from `at` on. */
            playing: boolean;
            /**
             * Format: double
             * @description The position at the instant `at`, seconds. Later, while `playing`: `position + (serverTime - at) / 1e6`.
             */
            position: number;
            /** @description True if a start still waits for speakers to be ready. */
            preparing: boolean;
            /** @description The current entry's index in the queue. */
            queueIndex: number | null;
            /** @description The number of entries of the queue. */
            queueLength: number;
            /** @description Grows with every change of the zone. */
            revision: number;
            /**
             * Format: int64
             * @description Now, microseconds of server time; a live figure, null in events.
             */
            serverTime: number | null;
            /** @description Repeat, shuffle and so on. */
            session: components["schemas"]["SessionView"];
            /** @description The number of the zone's speakers that are connected. */
            speakers: number;
            sync: components["schemas"]["SyncView"] | null;
            /**
             * Format: float
             * @description The zone's volume, 0..=100.
             */
            volume: number;
            /**
             * Format: float
             * @description The same in decibels; null: silent.
             */
            volumeDb: number | null;
            /** @description The zone's name. */
            zone: string;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zoneId: string;
        };
        /** @description A playlist with a part of its entries. */
        PlaylistDetail: components["schemas"]["PlaylistView"] & {
            /** @description In order. */
            entries: components["schemas"]["PlaylistEntryView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description A change of a playlist. Fields that are left out stay. */
        PlaylistEdit: {
            /** @description Another name. */
            name?: string | null;
            rule?: components["schemas"]["Rule"] | null;
        };
        /** @description One place in a playlist. */
        PlaylistEntryView: {
            /** @description The artist, as last known. */
            artist: string;
            /** @description True if its file is there. */
            available: boolean;
            /**
             * Format: double
             * @description The length as last known, seconds.
             */
            duration: number;
            /**
             * Format: uuid
             * @description Its own id: a track may be in it twice. Null in a smart playlist.
             */
            entry: string | null;
            /** @description The title, as last known. */
            title: string;
            track: components["schemas"]["TrackView"] | null;
        };
        /** @description Hits of one kind. */
        PlaylistHits: {
            /** @description By name. */
            items: components["schemas"]["PlaylistView"][];
        };
        /** @description A part of the playlists. */
        PlaylistList: {
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
            /** @description By name. */
            playlists: components["schemas"]["PlaylistView"][];
        };
        /** @description A playlist is as it is now, or is gone. */
        PlaylistsEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /**
             * Format: uuid
             * @description The playlist's id.
             */
            id: string;
            state: components["schemas"]["PlaylistView"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "playlists";
        };
        /** @description A playlist. */
        PlaylistView: {
            /**
             * Format: int64
             * @description The time of its last change, seconds since 1970.
             */
            changed: number;
            /**
             * Format: int64
             * @description The time at which it was made, seconds since 1970.
             */
            created: number;
            /**
             * Format: double
             * @description Their length, seconds; null if it has a rule.
             */
            duration: number | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its name; several may have the same. */
            name: string;
            /**
             * Format: int64
             * @description Grows with every change.
             */
            revision: number;
            rule: components["schemas"]["RuleView"] | null;
            /** @description The number of its entries; null if it has a rule. */
            trackCount: number | null;
        };
        /** @description The tracks to play. */
        PlayRequest: {
            /** @description Replace the queue by this album: its id or its title. */
            album?: string | null;
            /** @description Replace the queue by all of this artist; beside `album`: whose album. */
            artist?: string | null;
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /**
             * Format: uuid
             * @description Start this entry of the queue as it is.
             */
            entry?: string | null;
            /** @description Replace the queue by this folder and all below. */
            folder?: string | null;
            /** @description Replace the queue by all of this genre. */
            genre?: string | null;
            /** @description Replace the queue by this playlist: its id or its name. */
            playlist?: string | null;
            /**
             * Format: double
             * @description The place in the track to begin at, seconds.
             */
            position?: number | null;
            /** @description Replace the queue by what this search finds. */
            search?: string | null;
            /** @description With which of them to begin; default 0, and any if the zone shuffles. */
            startIndex?: number | null;
            /**
             * Format: uuid
             * @description Replace the queue by this track.
             */
            trackId?: string | null;
            /** @description Replace the queue by these tracks. */
            trackIds?: string[] | null;
            /**
             * Format: double
             * @description The zone's volume, 0..=100.
             */
            volume?: number | null;
            /** @description The zone's name or id; default `all`. Not looked at if the path names the zone. */
            zone?: string | null;
        };
        /**
         * @description The activity of a zone. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        PlayState: "playing" | "paused" | "stopped";
        /** @description Something that was played in a zone: all that its speakers sounded of an entry, breaks of up to a minute left out. */
        PlayView: {
            /** @description Its album. */
            album: string;
            /** @description Its artists. */
            artist: string;
            /** @description True if any of it could be heard. */
            audible: boolean;
            /** @description Its composers. */
            composer: string;
            /** @description The instant at which it had ended. */
            end: string;
            /**
             * Format: uuid
             * @description The occurrence of an entry of the queue.
             */
            entry: string;
            /** @description BLAKE3 of its file. */
            hash: string;
            /**
             * Format: double
             * @description The time that it was heard, seconds, on the speaker on which it was heard longest.
             */
            heard: number;
            /** @description The instant at which it began. */
            start: string;
            /** @description The stretches of each speaker, the earliest first. With `by=speaker` one. */
            stretches: components["schemas"]["StretchView"][];
            /** @description Its title, as it was when it was played; so are the rest. */
            title: string;
            /**
             * Format: uuid
             * @description The track.
             */
            trackId: string;
            /**
             * Format: uuid
             * @description The zone.
             */
            zone: string;
            /** @description Its name then. */
            zoneName: string;
        };
        /** @description A change of a preset. */
        PresetEditRequest: {
            /** @description Another name. */
            name?: string | null;
        };
        /** @description All presets. */
        PresetList: {
            /** @description By name. */
            presets: components["schemas"]["PresetView"][];
        };
        /** @description A new preset. */
        PresetRequest: {
            /** @description No two presets share a name, upper and lower case alike. */
            name: string;
        };
        /** @description The presets are as they are now. */
        PresetsEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            state: components["schemas"]["PresetList"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "presets";
        };
        /** @description A speaker of a preset. */
        PresetSpeakerView: {
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            /** @description True if it is silent, whatever the volume. */
            muted: boolean;
            /** @description Its name when the preset was saved. */
            name: string;
            /**
             * Format: float
             * @description Its own volume, 0..=100.
             */
            volume: number;
            /**
             * Format: float
             * @description The same in decibels; null: silent.
             */
            volumeDb: number | null;
        };
        /** @description A set of zones. */
        PresetView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description The time of the last save.
             */
            savedAt: string;
            /** @description Its zones, by name. */
            zones: components["schemas"]["PresetZoneView"][];
        };
        /** @description A zone of a preset. */
        PresetZoneView: {
            /**
             * Format: uuid
             * @description The zone's id.
             */
            id: string;
            /** @description True if it is silent, whatever the volume. */
            muted: boolean;
            /** @description Its name. */
            name: string;
            /** @description The speakers in it, by name. */
            speakers: components["schemas"]["PresetSpeakerView"][];
            /**
             * Format: float
             * @description Its volume, 0..=100.
             */
            volume: number;
        };
        /** @description The body of every answer that is an error, `application/problem+json`. */
        Problem: {
            /** @description Stable, for programs. */
            code: string;
            /** @description This case, for people, with what to do. */
            detail: string;
            /** @description The field of the request that is to blame. */
            field?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind in words, always the same for a code. */
            title: string;
            /** @description Names the kind of problem: `urn:downbeat:problem:` and the code. */
            type: string;
        };
        /** @description Some entries go at one place of a queue, and others come. */
        QueueChange: {
            /** @description The index of the first that goes, and of the first that comes. */
            at: number;
            /** @description Those that come. */
            entries: components["schemas"]["QueueEntryView"][];
            /** @description The number of those that go. */
            removed: number;
        };
        /** @description One place in the queue. */
        QueueEntryView: {
            /** @description Its album. */
            album: string;
            /** @description Its artist. */
            artist: string;
            /**
             * Format: double
             * @description Its length, seconds.
             */
            duration: number;
            /**
             * Format: uuid
             * @description Its own id: a track may be queued twice.
             */
            entry: string;
            /** @description The reason why it is skipped; null if it is not. */
            fault: string | null;
            /** @description Its title. */
            title: string;
            /**
             * Format: uuid
             * @description The track.
             */
            trackId: string;
        };
        /** @description A queue is as it is now, or its zone is gone. */
        QueueEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            id: string;
            state: components["schemas"]["QueueState"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "queue";
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zone: string;
        };
        /**
         * @description The order in which a queue is shown.
         * @enum {string}
         */
        QueueOrder: "queue" | "play";
        /** @description A queue, as an event tells of it. */
        QueueState: {
            /** @description The changes of the entries; null: too many for an event, so the queue is to be read again. */
            changes: components["schemas"]["QueueChange"][] | null;
            /**
             * Format: uuid
             * @description The entry that plays, is held or comes first when the zone is started.
             */
            current: string | null;
            /** @description Its index in the queue. */
            currentIndex: number | null;
            /** @description Whoever holds entries of this version makes `changes`, one after the other, and holds those of `version`. */
            since: number | null;
            /** @description The number of entries of the queue. */
            total: number;
            /** @description `version` of the queue. */
            version: number;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zoneId: string;
        };
        /** @description A part of a queue. */
        QueueView: {
            /**
             * Format: uuid
             * @description The entry that plays, is held or comes first when the zone is started.
             */
            current: string | null;
            /** @description Its index in the queue. */
            currentIndex: number | null;
            /** @description In order. */
            entries: components["schemas"]["QueueEntryView"][];
            /** @description The `offset` of the part that follows; null: this was the last. */
            next: number | null;
            /** @description The index of the first of `entries`. */
            offset: number;
            /** @description Grows with every change of the zone; no part of what the ETag stands for. */
            revision: number;
            /** @description The number of entries of the queue. */
            total: number;
            /** @description Another one, and a greater one, whenever the queue is not as it was: other entries, another order, another title. */
            version: number;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zoneId: string;
        };
        /** @description The outcome of a recall. */
        RecallReply: {
            /** @description The outcome for each speaker: it moved or stayed, and has its volume. */
            targets: components["schemas"]["TargetReply"][];
            /** @description The outcome for each zone. */
            zones: components["schemas"]["TargetReply"][];
        };
        /** @description The instant of a recall. */
        RecallRequest: {
            /**
             * Format: int64
             * @description Volumes: not before this soon, microseconds of server time.
             */
            at?: number | null;
        };
        /** @description Entries to be removed. */
        RemovedEntries: {
            /** @description The entries. */
            entries: string[];
        };
        /** @description Entries of a queue. */
        RemoveRequest: {
            /** @description Those that are not in the queue do not matter. */
            entries: string[];
        };
        /**
         * @description The entry after the last one, or after each. Later versions may answer others: a client takes an unknown one as unknown. Only these are taken.
         * @enum {string}
         */
        Repeat: "off" | "one" | "all";
        /** @description The speaker whose place another one takes. */
        ReplaceRequest: {
            /** @description Its id, or its name if no other has it. It must be gone. */
            speaker: string;
        };
        /** @description The outcome of a restore. */
        RestoreReply: {
            /** @description The folder, on the coordinator's machine, that keeps what was there before. */
            before: string;
            /** @description The contents of the backup. */
            restored: components["schemas"]["Contents"];
            /** @description Always true. */
            success: boolean;
        };
        /** @description The client forgets everything; all that is follows, until `synced`. */
        ResyncEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /** @description Always null. */
            state: null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "resync";
        };
        /** @description A new rule of a smart playlist. */
        Rule: {
            /**
             * @description At most so many tracks, 1..=10000; default 500.
             * @default 500
             */
            limit: number;
            /** @description The query; the grammar of `/api/search`. */
            query: string;
            /**
             * @description The order; with a minus before it, backwards. Default: by artist, album, disc and number
             * @enum {string|null}
             */
            sort?: "artist" | "title" | "album" | "year" | "added" | "duration" | "path" | "disc" | "-artist" | "-title" | "-album" | "-year" | "-added" | "-duration" | "-path" | "-disc" | null;
        };
        /** @description The rule of a smart playlist: its tracks are looked for each time. */
        RuleView: {
            /** @description The most tracks. */
            limit: number;
            /** @description The query; the grammar of `/api/search`. */
            query: string;
            /**
             * @description The order; with a minus before it, backwards. Default: by artist, album, disc and number Later versions may answer others: a client takes an unknown one as unknown.
             * @enum {string|null}
             */
            sort: "artist" | "title" | "album" | "year" | "added" | "duration" | "path" | "disc" | "-artist" | "-title" | "-album" | "-year" | "-added" | "-duration" | "-path" | "-disc" | null;
        };
        /** @description The playlist that a queue is saved as. */
        SaveQueueRequest: {
            /** @description The name of the playlist, 1 to 64 characters. */
            name: string;
            /** @description True: the entries of a playlist of this name give way to those of the queue. False: that is `name_taken`. */
            replace?: boolean;
        };
        /** @description The folders to look through. */
        ScanRequest: {
            /**
             * @description A music folder, or a folder or file within one; all music folders if it is not named.
             * @default null
             */
            folder: string | null;
        };
        /** @description A scan of the music folders. */
        ScanView: {
            /** @description Of these, looked at. */
            done: number;
            /** @description Of these, those that cannot be played. */
            failed: number;
            /** @description A fault of the machine: results could not be saved, or files could not be looked at. It says what to do. */
            fault: string | null;
            /**
             * Format: date-time
             * @description The end of the last one.
             */
            finishedAt: string | null;
            /** @description Files that may be music. */
            found: number;
            /** @description True if one is under way; else this is the last one. */
            running: boolean;
        };
        /** @description The hits of a search. */
        SearchReply: {
            /** @description Albums, if they were looked for. */
            albums?: components["schemas"]["AlbumHits"];
            /** @description Artists, if they were looked for. */
            artists?: components["schemas"]["ArtistHits"];
            /** @description Playlists, if they were looked for: those whose names have the words. */
            playlists?: components["schemas"]["PlaylistHits"];
            /** @description The text that was typed. */
            query: string;
            /** @description The text that was searched for instead, because nothing matches the typed one; null if that was searched for. */
            searchedFor: string | null;
            /** @description Tracks, if they were looked for. */
            tracks?: components["schemas"]["TrackHits"];
        };
        /**
         * @description The kind of thing to search for.
         * @enum {string}
         */
        SearchType: "track" | "album" | "artist" | "playlist";
        /** @description The place to go on at. */
        SeekRequest: {
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /**
             * Format: double
             * @description Seconds from the start of the track.
             */
            position: number;
            /** @description The zone's name or id; default `all`. Not looked at if the path names the zone. */
            zone?: string | null;
        };
        /** @description A change of a session. Fields that are left out stay (PATCH), or become what they are in a new zone (PUT). */
        SessionRequest: {
            autoplay?: components["schemas"]["Autoplay"] | null;
            /**
             * Format: uuid
             * @description The playlist for `autoplay`, by id.
             */
            autoplayPlaylist?: string | null;
            /**
             * Format: double
             * @description For how long two entries overlap, seconds: 0..=12. Never within an album, and not if one of them is shorter than twice that.
             */
            crossfadeSeconds?: number | null;
            /**
             * Format: double
             * @description The room that peaks leave below full scale if there is no limiter, dB: 0..=15.
             */
            headroomDb?: number | null;
            /** @description True if speakers limit peaks. */
            limiter?: boolean | null;
            loop?: components["schemas"]["LoopRequest"] | null;
            loudness?: components["schemas"]["Loudness"] | null;
            /**
             * Format: double
             * @description The gain above the reference level, dB: -15..=15.
             */
            preampDb?: number | null;
            repeat?: components["schemas"]["Repeat"] | null;
            /** @description The seed of the shuffled order; default: by chance. */
            seed?: number | null;
            /** @description True to play entries in a shuffled order, which begins with the current one. `true` while it is shuffled changes nothing, unless another `seed` is named. */
            shuffle?: boolean | null;
        };
        /** @description The way of a zone through its queue. */
        SessionView: {
            /** @description The tracks that are added when the queue comes to its end. */
            autoplay: components["schemas"]["Autoplay"];
            /**
             * Format: uuid
             * @description The playlist of `autoplay`.
             */
            autoplayPlaylist: string | null;
            /**
             * Format: double
             * @description The time that two entries overlap, seconds; never within an album.
             */
            crossfadeSeconds: number;
            /**
             * Format: float
             * @description The room that peaks leave below full scale if there is no limiter, dB.
             */
            headroomDb: number;
            /** @description True if speakers limit peaks. If not, gains leave room for them. */
            limiter: boolean;
            loop: components["schemas"]["LoopView"] | null;
            /** @description The measure by which tracks are made equally loud. */
            loudness: components["schemas"]["Loudness"];
            /**
             * Format: float
             * @description The gain above the reference level (-18 LUFS), dB.
             */
            preampDb: number;
            /** @description The entry after the last one, or after each. */
            repeat: components["schemas"]["Repeat"];
            /** @description The seed of the shuffled order; null unless it is shuffled. */
            seed: number | null;
            /** @description True if entries are played in a shuffled order. */
            shuffle: boolean;
        };
        /**
         * @description The kind of program that a speaker is. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        SpeakerClass: "agent" | "browser" | "other";
        /** @description A speaker is as it is now, or is gone. */
        SpeakerEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            state: components["schemas"]["SpeakerView"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "speaker";
            /**
             * Format: uuid
             * @description The id of its zone; left out of a speaker that is gone.
             */
            zone?: string;
        };
        /** @description A failure that a speaker told of. */
        SpeakerFailure: {
            /** @description The kind, stable, for programs: `fetch_failed`, `hash_mismatch`, `decode_failed`, `output_lost` and others. */
            code: string;
            /** @description The failure, for people. */
            detail: string;
            /**
             * Format: uuid
             * @description The entry of the queue that it happened to, if it did to one.
             */
            entry?: string;
        };
        /** @description The state of a speaker's machine. */
        SpeakerHealth: {
            /** @description Bytes in the cache. */
            cache_bytes: number;
            /** @description The most bytes of the cache. */
            cache_limit_bytes: number;
            /**
             * Format: float
             * @description The load average of a minute.
             */
            load1?: number;
            /** @description True if the agent's memory is locked. */
            memory_locked: boolean;
            /** @description The output in use. */
            output: string;
            /** @description The reason why the output does not work; left out while it does. */
            output_fault?: string;
            /** @description True if the audio thread has real-time priority. */
            realtime: boolean;
            /**
             * Format: float
             * @description The processor's temperature, °C, where the machine tells.
             */
            temperature_c?: number;
            /** @description Seconds since the agent started. */
            uptime_s: number;
            /** @description The agent's version. */
            version: string;
            /**
             * Format: float
             * @description The level of the Wi-Fi signal, where there is one.
             */
            wifi_dbm?: number;
        };
        /** @description All speakers. */
        SpeakerList: {
            /** @description The number of them. */
            count: number;
            /** @description By name. */
            speakers: components["schemas"]["SpeakerView"][];
        };
        /** @description A change of a speaker. Fields that are left out stay. */
        SpeakerRequest: {
            /**
             * Format: int64
             * @description Volume, bounds, mute and channels: not before this soon, microseconds of server time.
             */
            at?: number | null;
            channels?: components["schemas"]["Channels"] | null;
            /** @description Labels to set (`{"site": "41"}`), or to take away (`{"site": null}`); others stay. */
            labels?: {
                [key: string]: string | null;
            };
            /**
             * Format: double
             * @description Never louder than this, 0..=100, whatever the volumes.
             */
            maxVolume?: number | null;
            /**
             * Format: double
             * @description Never less loud than this, 0..=100, whatever the volumes.
             */
            minVolume?: number | null;
            /** @description Silent, whatever the volume. */
            muted?: boolean | null;
            /** @description The name that people call it by. */
            name?: string | null;
            /**
             * Format: int64
             * @description The delay behind its sound card, microseconds, signed.
             */
            outputDelayUs?: number | null;
            /**
             * Format: double
             * @description Its own volume, 0..=100. The zone's multiplies with it.
             */
            volume?: number | null;
            /**
             * Format: double
             * @description The same in decibels, at most 0.
             */
            volumeDb?: number | null;
            /**
             * Format: double
             * @description So many percent louder, or softer.
             */
            volumeDelta?: number | null;
            /** @description Its zone, by name or id. */
            zone?: string | null;
        };
        /**
         * @description The activity of a speaker. Later versions may answer others: a client takes an unknown one as unknown.
         * @enum {string}
         */
        SpeakerState: "idle" | "preparing" | "playing" | "paused" | "faulted" | "other";
        /** @description A speaker: what people set, and what it said of itself last. All from `state` on is null until it reported. */
        SpeakerView: {
            /** @description The address that it is connected from. */
            address: string | null;
            /**
             * Format: int64
             * @description Decoded audio waiting, milliseconds.
             */
            bufferMs: number | null;
            cache: components["schemas"]["CacheView"] | null;
            /** @description The channels that it sounds. */
            channels: components["schemas"]["Channels"];
            /** @description The kind of program. */
            class: components["schemas"]["SpeakerClass"];
            /** @description True if it is connected now. */
            connected: boolean;
            /**
             * Format: double
             * @description The correction in force, beyond what the crystals differ by.
             */
            correctionPpm: number | null;
            /**
             * Format: double
             * @description Its sound card's crystal against its own clock.
             */
            dacPpm: number | null;
            /**
             * Format: uuid
             * @description The entry it is at.
             */
            entry: string | null;
            /**
             * Format: double
             * @description The bound of its clock estimate's error, microseconds.
             */
            errorBoundUs: number | null;
            health: components["schemas"]["SpeakerHealth"] | null;
            /**
             * Format: uuid
             * @description Its id, for life.
             */
            id: string;
            /** @description The labels that people wrote on it. */
            labels: {
                [key: string]: string;
            };
            lastError: components["schemas"]["SpeakerFailure"] | null;
            /**
             * Format: date-time
             * @description The time of its last connection; now, if it is connected.
             */
            lastSeen: string;
            /**
             * Format: int64
             * @description The part of that which is not believed, microseconds: the zone does not wait that long, and this speaker is late. Null: all is believed.
             */
            leadExcessUs: number | null;
            /**
             * Format: int64
             * @description The time ahead of its arrival that a change must lie for it, as it says, microseconds.
             */
            leadUs: number | null;
            /**
             * Format: float
             * @description It is never louder than this, 0..=100, whatever the volumes.
             */
            maxVolume: number;
            /**
             * Format: float
             * @description It is never less loud than this, 0..=100, whatever the volumes; only muted.
             */
            minVolume: number;
            /** @description Silent, whatever the volume. */
            muted: boolean;
            /** @description The name that people call it by. */
            name: string;
            /**
             * Format: int64
             * @description Server time minus its own clock, microseconds.
             */
            offsetUs: number | null;
            /**
             * Format: int64
             * @description The delay behind its sound card, microseconds, signed.
             */
            outputDelayUs: number;
            /** @description The times that its output was lost and reopened. */
            outputLosses: number | null;
            /**
             * Format: double
             * @description The position in the entry, seconds; null if the rate is not known.
             */
            position: number | null;
            /**
             * Format: int64
             * @description The position in the entry, frames.
             */
            positionFrames: number | null;
            /** @description The times that it jumped to the right position. */
            reanchors: number | null;
            /**
             * Format: int64
             * @description The age of the report, milliseconds.
             */
            reportAgeMs: number | null;
            /**
             * Format: double
             * @description The least round trip, microseconds.
             */
            roundTripUs: number | null;
            /**
             * Format: double
             * @description Server time against its own clock.
             */
            skewPpm: number | null;
            /** @description The times that its decoder was late. */
            starved: number | null;
            state: components["schemas"]["SpeakerState"] | null;
            /**
             * Format: double
             * @description Its place minus the place by the timeline, microseconds, late is positive; as it believes.
             */
            syncErrorUs: number | null;
            truth: components["schemas"]["TruthView"] | null;
            /** @description The times that its sound card ran dry. */
            underruns: number | null;
            /** @description Its version. */
            version: string | null;
            /**
             * Format: float
             * @description Its own volume, 0..=100; the zone's comes on top.
             */
            volume: number;
            /**
             * Format: float
             * @description The same in decibels; null: silent.
             */
            volumeDb: number | null;
            /** @description The name of its zone. */
            zone: string;
            /**
             * Format: uuid
             * @description The id of its zone.
             */
            zoneId: string;
        };
        /** @description A stretch of an entry that one speaker sounded without a break. */
        StretchView: {
            /** @description True if it could be heard: not muted, and no volume of 0. */
            audible: boolean;
            /** @description The speaker went down: it may have sounded some seconds longer. */
            cut: boolean;
            /** @description The instant at which the last frame had been heard. */
            end: string;
            /**
             * Format: int64
             * @description The first frame of the file that was sounded.
             */
            fromFrames: number;
            /**
             * Format: double
             * @description The time that it was heard, seconds: 0 if it was muted or at volume 0.
             */
            heard: number;
            /** @description The source of the instant. */
            knownBy: components["schemas"]["KnownBy"];
            /**
             * Format: int64
             * @description Frames in between that were not sounded, in gaps of less than a quarter of a second.
             */
            missingFrames: number;
            /**
             * Format: int64
             * @description The file's frames a second.
             */
            sampleRate: number;
            /**
             * Format: uuid
             * @description The speaker.
             */
            speaker: string;
            /** @description Its name then. */
            speakerName: string;
            /** @description The instant at which the first frame was heard. */
            start: string;
            /**
             * Format: int64
             * @description The frame before which it ended.
             */
            toFrames: number;
        };
        /** @description Everything that is has been sent. */
        SyncedEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /** @description Always null. */
            state: null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "synced";
        };
        /** @description The spread of the agents of a zone, microseconds, as their reports of the last seconds say; null where fewer than two play. What a browser says of itself does not count. */
        SyncView: {
            /**
             * Format: double
             * @description By how much the true spread may exceed `spreadUs`, for all that is known of clocks.
             */
            boundUs: number | null;
            /**
             * Format: double
             * @description The greatest of the last five minutes.
             */
            maxUs: number | null;
            /**
             * Format: double
             * @description The bound of 95 % of the last five minutes, read once a second.
             */
            p95Us: number | null;
            /** @description The number of speakers that this is of. */
            speakers: number;
            /**
             * Format: double
             * @description The latest minus the earliest.
             */
            spreadUs: number | null;
        };
        /** @description A zone, and an instant. */
        Target: {
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /** @description The zone's name or id; default `all`. Not looked at if the path names the zone. */
            zone?: string | null;
        };
        /** @description The outcome for one target. */
        TargetReply: {
            /** @description The reason why not; or `speaker_away`, if it is only kept. Stable, for programs. */
            code?: string;
            /** @description The same for people. */
            detail?: string;
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description True if it is done. Of a speaker that is away: it is kept, and in force when it returns. */
            ok: boolean;
        };
        /** @description The outcome for each target. */
        TargetsReply: {
            /** @description One for each speaker that was meant, by name. */
            targets: components["schemas"]["TargetReply"][];
        };
        /** @description A change of a track's tags. Fields that are left out stay; an empty text or list or a 0 removes. */
        TrackEdit: {
            /**
             * @description The album.
             * @default null
             */
            album: string | null;
            /**
             * @description The album's artist; the same as `albumArtists` with one name.
             * @default null
             */
            albumArtist: string | null;
            /**
             * @description The album's artists.
             * @default null
             */
            albumArtists: string[] | null;
            /**
             * @description The artist; the same as `artists` with one name.
             * @default null
             */
            artist: string | null;
            /**
             * @description The artists.
             * @default null
             */
            artists: string[] | null;
            /**
             * @description The composer.
             * @default null
             */
            composer: string | null;
            /**
             * Format: int64
             * @description The number of the disc.
             * @default null
             */
            discNo: number | null;
            /**
             * @description The genre; the same as `genres` with one name.
             * @default null
             */
            genre: string | null;
            /**
             * @description The genres.
             * @default null
             */
            genres: string[] | null;
            /**
             * @description The title.
             * @default null
             */
            title: string | null;
            /**
             * Format: int64
             * @description The number on the disc.
             * @default null
             */
            trackNo: number | null;
            /**
             * Format: int32
             * @description The year of publication, up to 9999.
             * @default null
             */
            year: number | null;
        };
        /** @description Hits of one kind. */
        TrackHits: {
            /** @description The best first. */
            items: components["schemas"]["TrackView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
        };
        /** @description A part of the list. */
        TrackList: {
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next: string | null;
            /** @description The number of items of all parts. */
            total: number;
            /** @description In the order asked for; by artist, album, disc, number and title if none was. */
            tracks: components["schemas"]["TrackView"][];
        };
        /** @description A track. */
        TrackView: {
            /**
             * Format: int64
             * @description The time at which it was first seen, seconds since 1970.
             */
            added: number;
            /** @description The album; empty if not known. */
            album: string;
            /** @description The album's artists, with commas between; empty if the file does not say. */
            albumArtist: string;
            /**
             * Format: uuid
             * @description The album's id; null if it is on none.
             */
            albumId: string | null;
            /** @description The artists, with commas between; empty if not known. */
            artist: string;
            /** @description The artists, each by itself. */
            artists: string[];
            /** @description True if its file is there. */
            available: boolean;
            /** @description The file's size, bytes. */
            bytes: number;
            /**
             * Format: int32
             * @description Channels.
             */
            channels: number;
            /** @description The composers, with commas between; empty if not known. */
            composer: string;
            /** @description BLAKE3 of its picture: its name under `/api/covers/`. */
            cover: string | null;
            /**
             * Format: int64
             * @description The number of its disc.
             */
            discNo: number | null;
            /**
             * Format: double
             * @description Its length, seconds.
             */
            duration: number;
            /** @description The reason why it cannot be played; null if it can. */
            fault: string | null;
            /** @description The kind of file. */
            format: string;
            /**
             * Format: int64
             * @description Its length, frames.
             */
            frames: number;
            /** @description The genres. */
            genres: string[];
            /** @description BLAKE3 of the file's bytes: its name under `/media/`. Empty as long as it is not known. */
            hash: string;
            /**
             * Format: uuid
             * @description Survives moving and retagging of the file.
             */
            id: string;
            /**
             * Format: int64
             * @description Frames a second.
             */
            sampleRate: number;
            /** @description The title; the file's name if it has none. */
            title: string;
            /**
             * Format: int64
             * @description Its number on the disc.
             */
            trackNo: number | null;
            /**
             * Format: int64
             * @description The year of publication.
             */
            year: number | null;
        };
        /** @description The truth of a virtual device. */
        TruthView: {
            /**
             * Format: double
             * @description The instant at which that frame was due, microseconds of server time.
             */
            contentUs: number;
            /**
             * Format: int64
             * @description The instant at which a frame left it, nanoseconds of its machine's raw clock.
             */
            rawNs: number;
        };
        /** @description A loudness. */
        VolumeRequest: {
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /** @description Silent, whatever the volume. */
            muted?: boolean | null;
            /**
             * Format: int64
             * @description The time that the change takes, milliseconds; default 50.
             */
            rampMs?: number | null;
            /**
             * Format: double
             * @description The zone's volume, 0 (silent) to 100 (as recorded).
             */
            volume?: number | null;
            /**
             * Format: double
             * @description The same in decibels, at most 0.
             */
            volumeDb?: number | null;
            /**
             * Format: double
             * @description So many percent louder, or softer.
             */
            volumeDelta?: number | null;
            /** @description The zone's name or id; default `all`. Not looked at if the path names the zone. */
            zone?: string | null;
        };
        /** @description The shape of a track's sound. */
        WaveformView: {
            /** @description The highest sample of each part of the track, 0..=255, where 255 is full scale. */
            peak: number[];
            /** @description The root mean square of each part, 0..=255. */
            rms: number[];
        };
        /** @description All years. */
        YearList: {
            /** @description The latest first. */
            years: components["schemas"]["YearView"][];
        };
        /** @description A year. */
        YearView: {
            /** @description The number of tracks that were published in it. */
            trackCount: number;
            /**
             * Format: int64
             * @description The year.
             */
            year: number;
        };
        /** @description The outcome of a deletion. */
        ZoneDeletedReply: {
            /** @description Its speakers, which are in the default zone now. */
            moved: string[];
            /** @description Always true. */
            success: boolean;
        };
        /** @description A change of a zone. Fields that are left out stay. */
        ZoneEditRequest: {
            /**
             * Format: int64
             * @description Loudness: not before this instant, microseconds of server time.
             */
            at?: number | null;
            /** @description Silent, whatever the volume. */
            muted?: boolean | null;
            /** @description The name that people call it by. No two zones share a name, upper and lower case alike. */
            name?: string | null;
            /**
             * Format: int64
             * @description The time that the change of loudness takes, milliseconds; default 50.
             */
            rampMs?: number | null;
            /**
             * Format: double
             * @description Its volume, 0 (silent) to 100 (as recorded). The speakers' own volumes multiply with it, so their relations stay.
             */
            volume?: number | null;
            /**
             * Format: double
             * @description The same in decibels, at most 0.
             */
            volumeDb?: number | null;
            /**
             * Format: double
             * @description So many percent louder, or softer.
             */
            volumeDelta?: number | null;
        };
        /** @description A zone is as it is now, or is gone. */
        ZoneEvent: {
            /** @description The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame. */
            eventId?: string;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            id: string;
            state: components["schemas"]["ZoneView"] | null;
            /**
             * @description The subject of the event. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "zone";
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zone: string;
        };
        /** @description All zones. */
        ZoneList: {
            /** @description By name. */
            zones: components["schemas"]["ZoneView"][];
        };
        /** @description A new zone. */
        ZoneRequest: {
            /** @description No two zones share a name, upper and lower case alike. */
            name: string;
        };
        /** @description A zone. The position in `state` is told from the instant at which what plays began (see `at` there), so that this changes only when something changes. `serverTime` and `sync` in `state` are live figures. */
        ZoneView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description The speakers that belong to it, connected or not. */
            speakers: string[];
            /** @description Its playback. */
            state: components["schemas"]["PlaybackState"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
