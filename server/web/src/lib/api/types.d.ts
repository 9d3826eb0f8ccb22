// Generated from server/openapi.json by `npm run types`. Do not edit.

export interface paths {
    "/api/albums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The albums. */
        get: {
            parameters: {
                query?: {
                    /** @description Only with this artist, by id. */
                    artist?: string | null;
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description Only with this genre, by id. */
                    genre?: string | null;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number | null;
                    /** @description `artist` (default: artist, year, title), `title`, `year` or `added`; with a minus before it backwards. */
                    sort?: string | null;
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                    /** @description Only with tracks of this year. */
                    year?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlbumList"];
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
        /** One album with its tracks. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlbumDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** The artists. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those who are named as the artist of an album. */
                    albumArtists?: boolean;
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number | null;
                    /** @description `name` (default) or `tracks`; with a minus before it backwards. */
                    sort?: string | null;
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtistList"];
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
        /** One artist with albums. The tracks are at `/api/tracks?artist=`. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ArtistDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
         * A backup of everything that people set and of what is known of the music, as of now: an SQLite file. One at a time
         *     (409 `backup_under_way`); a client that reads nothing for a minute is hung up on.
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/vnd.sqlite3": unknown;
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
        /** The speakers that are connected now. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClientList"];
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
        /** A picture, by the hash of its bytes (`cover` of a track), as JPEG. It never changes and may be kept for ever. */
        get: {
            parameters: {
                query?: {
                    /** @description Points of the longer side: the next of 64, 256, 600 and 1200 is answered; default 600. */
                    size?: number | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": unknown;
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** The edits of files that can be taken back, the latest first. They are kept for `--keep-edits-days`. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those of this track, by id. */
                    track?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditList"];
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
         * Takes an edit back: the track's file is as it was before, to the bit. A file that was changed since is left as it
         *     is. This is an edit, too, and can be taken back.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The edit's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditedTrack"];
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
         * What changes, as it changes (Server-Sent Events). Who is new, or was away for too long, is sent `resync`, then everything
         *     as it is, then `synced`; from then on whoever takes in every event holds what the GETs say.
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
                    "Last-Event-ID"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["EventBody"];
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
        /** The same over a WebSocket: each event a text frame, with `eventId` beside the rest. What is sent to it is ignored. */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description Frames of events */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** The music folders. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FolderList"];
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
        /** One folder: its folders first, then its tracks. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description All tracks below, and no folders. */
                    flat?: boolean;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FolderDetail"];
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
        /** The genres. The tracks of one are at `/api/tracks?genre=`. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description At most so many, 1..=1000; default 1000. */
                    limit?: number | null;
                    /** @description `name` (default) or `tracks`; with a minus before it backwards. */
                    sort?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GenreList"];
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
        /** How the coordinator is. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthView"];
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
        /** What was played where: as the speakers told it, also of hours without a connection, which arrive when it is back. */
        get: {
            parameters: {
                query?: {
                    /** @description Only what could be heard. */
                    audible?: boolean;
                    /** @description `play` (default): what was played in each zone, with its speakers; `speaker`: each stretch of each speaker. */
                    by?: string;
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only what began then or later: RFC 3339, or a date (from midnight UTC). */
                    from?: string;
                    /**
                     * @description At most so many, 1..=1000; default 100. There may be fewer though more follow: with many speakers a part ends
                     *     before it has more than 10,000 stretches. An export has no limit unless one is given.
                     */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HistoryList"];
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
         * The same as CSV (RFC 4180), with a line of column names, the latest beginning first. Texts that a spreadsheet would
         *     take for a formula begin with an apostrophe.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only what could be heard. */
                    audible?: boolean;
                    /** @description `play` (default): what was played in each zone, with its speakers; `speaker`: each stretch of each speaker. */
                    by?: string;
                    /** @description `next` of the part before. */
                    cursor?: string;
                    /** @description Only what began then or later: RFC 3339, or a date (from midnight UTC). */
                    from?: string;
                    /**
                     * @description At most so many, 1..=1000; default 100. There may be fewer though more follow: with many speakers a part ends
                     *     before it has more than 10,000 stretches. An export has no limit unless one is given.
                     */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
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
        /** How far the library is: each folder, and the work in the background. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LibraryView"];
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
        /** Every file with a fault, and everything that was left out, each with the reason. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description At most so many, 1..=1000; default 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LibraryFaults"];
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
        /** Looks for new, changed and missing files, in the background. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** Looks for new, changed and missing files, in the background. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ScanRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** This description. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** The next entry of the queue; after the last one, the end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Hold at the frame then heard. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlayRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** The start of the current entry; the entry before, if less than three seconds of it were heard. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Go on where it is held; a stopped zone starts its queue. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Go on elsewhere in the track; a paused zone stays paused there. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SeekRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** What a zone plays now. */
        get: {
            parameters: {
                query?: {
                    /** @description The zone's name or id; default `all`. */
                    zone?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackState"];
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
        /** Silence. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** How loud the zone is, and whether it is muted. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["VolumeRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** The playlists. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number | null;
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistList"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        /** Make a playlist, of tracks or of a rule. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewPlaylist"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
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
        /** One playlist with its entries; those of a smart playlist are found now, and come in one part. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description At most so many, 1..=1000; default 100. */
                    limit?: number | null;
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistDetail"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a playlist. The tracks stay. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be deleted */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Rename a playlist, or give a smart one another rule. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The playlist's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlaylistEdit"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Add tracks. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Remove entries. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Move entries. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the playlist that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** A playlist as a file. */
        get: {
            parameters: {
                query?: {
                    /** @description `m3u8` (default), `m3u` or `pls`. */
                    format?: string | null;
                    /** @description Paths below this folder are written from there. */
                    relativeTo?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "audio/x-mpegurl": string;
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
         * Make a playlist of an M3U, M3U8 or PLS file, which is the body. Tracks are found by path, by the names of file and
         *     folder, or by artist and title.
         */
        post: {
            parameters: {
                query?: {
                    /** @description The folder that the file lay in, from which relative paths count; without it the music folders are tried. */
                    folder?: string | null;
                    /** @description The name of the new playlist. */
                    name?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "audio/x-mpegurl": string;
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ImportReply"];
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
        /** The presets. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetList"];
                    };
                };
            };
        };
        put?: never;
        /** Save the present set of zones: which speakers are in which zone, and all volumes. What plays is not part of it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PresetRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
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
        /** One preset. */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Save the present set of zones in place of what the preset held. */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant to be overwritten */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PresetEditRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /** Delete a preset. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant to be deleted */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Rename a preset. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the preset that is meant to be renamed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PresetEditRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PresetView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
         * Bring a preset back. Only speakers that move hear anything of it, beside volumes that change; zones that are gone are
         *     made again, zones and speakers that the preset does not know stay as they are.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The preset's name or id */
                    preset: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RecallRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
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
                /** @description Nothing of it is done */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecallReply"];
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
         * Put a backup in the place of what is set now. What was there is kept in a folder. Zones hold where the backup says;
         *     the coordinator starts anew right after the answer, within a second or two. At most 4 GiB are taken (413), and only
         *     a database of the coordinator's own form: nothing in it is run.
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
                    "application/vnd.sqlite3": unknown;
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RestoreReply"];
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
        /** Search for tracks, albums, artists and playlists, the best hits first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the part before; only together with `type`. */
                    cursor?: string | null;
                    /** @description At most so many of a kind, 1..=1000; default 20. */
                    limit?: number | null;
                    /**
                     * @description What was typed: words, which may be beginnings of words; `"phrases"`; `artist:`, `album:`, `albumartist:`, `title:`,
                     *     `genre:`, `composer:`, `path:`; `year:1990..1999`, `year:1990s`; `format:flac`; `rate:44.1k`, `rate:96k..`;
                     *     `added:7d`; each with a minus before it: without. Anything is a valid query.
                     */
                    q?: string;
                    /** @description Only this kind; without it every kind is looked for, and there is no next part. */
                    type?: components["schemas"]["SearchType"] | null;
                    /** @description Also what is not there. */
                    unavailable?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchReply"];
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
        /** The speakers, connected or not; all, or those that a selector picks. */
        get: {
            parameters: {
                query?: {
                    /** @description A selector: `all`, `zone:bar`, `name:kitchen`, `site=41,floor in (1,2),!outdoor`; a comma means "and". */
                    select?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerList"];
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
        /** One speaker. */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        /** Forget a speaker that is not connected. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the speaker that is meant */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a speaker, move it to another zone, set its volume, bounds, mute, output delay or labels. One that is away
         *     keeps its place and what is set, and takes it up when it returns.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the speaker that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SpeakerRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Have a speaker chirp, to find it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The speaker's id, or its name if no other has it */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** The speakers that are gone, and whose place this one could take: those of its name first, then the last seen. */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerList"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Put a new speaker in the place of one that is gone (its card was written anew, its box was exchanged): it takes over
         *     name, zone, volume, bounds, channels, labels, output delay and its part in presets. The other one is forgotten.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SpeakerView"];
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
        /** Do something with every speaker that a selector picks. HowLoud changes on all of them in the same instant. */
        post: {
            parameters: {
                query?: {
                    /** @description A selector: `all`, `zone:bar`, `name:kitchen`, `site=41,floor in (1,2),!outdoor`; a comma means "and". */
                    select?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ActionRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
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
                /** @description The selector picks no speaker */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description None did it */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TargetsReply"];
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
        /** The tracks of the library, also those that cannot be played, with the reason. */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this album, by id. */
                    album?: string | null;
                    /** @description Only of this artist, by id. */
                    artist?: string | null;
                    /** @description `next` of the part before. */
                    cursor?: string | null;
                    /** @description Only in this folder or below, by id. */
                    folder?: string | null;
                    /** @description Only of this genre, by id. */
                    genre?: string | null;
                    /** @description At most so many, 1..=1000; default 1000. */
                    limit?: number | null;
                    /** @description Only tracks that match this; the grammar of `/api/search`. */
                    search?: string | null;
                    /**
                     * @description `artist` (default: artist, album, disc, number), `title`, `album`, `year`, `added`, `duration` or `path`; with a
                     *     minus before it backwards.
                     */
                    sort?: string | null;
                    /** @description Also those whose files are not there. */
                    unavailable?: boolean;
                    /** @description Only of this year. */
                    year?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrackList"];
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
        /** One track. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrackView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a track's file, for good. Only if the coordinator was started with `--allow-delete`. */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a track's tags, in its file: the fields that are named, and nothing else of it. The track keeps its id; what
         *     plays is not disturbed. A file that a decoder and another reader of tags would not find as it was is left as it is.
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
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrackEdit"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditedTrack"];
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
        /** A track's picture, as JPEG. */
        get: {
            parameters: {
                query?: {
                    /** @description Points of the longer side: the next of 64, 256, 600 and 1200 is answered; default 600. */
                    size?: number | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/jpeg": unknown;
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        /** The shape of a track's sound, in 1000 parts of equal length. 404 `no_waveform` as long as it is not known. */
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
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WaveformView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** The years that tracks were published in. The tracks of one are at `/api/tracks?year=`. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["YearList"];
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
        /** The zones. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneList"];
                    };
                };
            };
        };
        put?: never;
        /** Make a zone. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ZoneRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
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
        /** One zone. */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a zone and its queue. Its speakers fall back to the default zone and join what that plays; no other speaker
         *     hears anything of it. The default zone cannot be deleted.
         */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the zone that is meant to be deleted */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneDeletedReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Rename a zone, set its volume, mute it. What it plays is not disturbed. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the zone that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ZoneEditRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ZoneView"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
         * Have every speaker of a zone tick in the same instants, once a second, over whatever plays: for trimming output
         *     delays by ear. It ends by itself after ten minutes; switched on again it goes on for as long.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetronomeView"];
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
         * Do nothing of what was asked for with an `at` that lies further ahead. A change that is less than five seconds away is
         *     on its way already.
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** The next entry of the queue; after the last one, the end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Hold at the frame then heard. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Play a track, several, or an entry of the queue; without any: go on, or play the queue, or the whole library. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlayRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** The start of the current entry; the entry before, if less than three seconds of it were heard. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Go on where it is held; a stopped zone starts its queue. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** Go on elsewhere in the track; a paused zone stays paused there. */
        post: {
            parameters: {
                query?: never;
                header?: never;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** What a zone plays now. */
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackState"];
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
        /** Silence. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** How loud the zone is, and whether it is muted. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["VolumeRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
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
        /** A part of the queue of a zone. */
        get: {
            parameters: {
                query?: {
                    /** @description At most so many, 1..=1000; default 500. */
                    limit?: number | null;
                    /**
                     * @description The index of the first entry; default: 0, and of a queue that is longer than `limit` the part around the current
                     *     entry.
                     */
                    offset?: number | null;
                    /**
                     * @description `queue` (default): as they stand. `play`: what comes after the current entry, as it will be played; `offset` is
                     *     not looked at.
                     */
                    order?: components["schemas"]["QueueOrder"];
                };
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueueView"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        /** Add to a zone's queue. What sounds is not disturbed, unless it is to be played now. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EnqueueRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EnqueueReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Take everything out of the queue but what sounds. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Move entries within the queue, together. What sounds is not disturbed. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Take an entry out of the queue. If it is the current one, the next one starts. */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Move an entry within the queue. What sounds is not disturbed. */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The entry's id */
                    entry: string;
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MoveRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Take entries out of the queue. If the current one is among them, the next one that stays starts. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the queue that is meant to be changed */
                    "If-Match"?: string | null;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Save a zone's queue as a playlist: all its entries that the library knows, in their order. */
        post: {
            parameters: {
                query?: never;
                header?: never;
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
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                /** @description The playlist was there, and has other entries now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaylistView"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
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
        /** Repeat, shuffle, crossfade, loudness, autoplay and loop of a zone. */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description An ETag that is known already */
                    "If-None-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        /** Set all of it: what is not named becomes what it is in a new zone. */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the session that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SessionRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change some of it, or nothing if that cannot be. What sounds goes on; a loop that has passed its end goes back to its
         *     begin.
         */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The ETag of the session that is meant to be changed */
                    "If-Match"?: string | null;
                };
                path: {
                    /** @description The zone's name or id */
                    zone: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SessionRequest"];
                };
            };
            responses: {
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybackReply"];
                    };
                };
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
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
        /** @description What to do with them. */
        ActionRequest: components["schemas"]["SpeakerRequest"] & {
            /** @description `volume`, `mute`, `move`, `identify`, `configure` or `labels`: which of the other fields are taken. */
            action: components["schemas"]["Action"];
            /** @description Which speakers, if the query does not say it. */
            select?: string | null;
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
            next?: string | null;
        };
        /** @description A part of the albums. */
        AlbumList: {
            /** @description In the order asked for. */
            albums: components["schemas"]["AlbumView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
        };
        /** @description An album. */
        AlbumView: {
            /**
             * Format: int64
             * @description When its latest track was first seen, seconds since 1970.
             */
            added: number;
            /** @description The album's artist, or that of all its tracks, or "Various Artists". */
            artist: string;
            /** @description BLAKE3 of its picture: its name under `/api/covers/`. */
            cover?: string | null;
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
            /**
             * Format: int64
             * @description How many tracks there are.
             */
            trackCount: number;
            /**
             * Format: int32
             * @description The latest year of its tracks; null if not known.
             */
            year?: number | null;
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
            next?: string | null;
        };
        /** @description A part of the artists. */
        ArtistList: {
            /** @description In the order asked for. */
            artists: components["schemas"]["ArtistView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
        };
        /** @description An artist. */
        ArtistView: {
            /**
             * Format: int64
             * @description How many albums these are on.
             */
            albumCount: number;
            /**
             * Format: uuid
             * @description Follows from the name.
             */
            id: string;
            /** @description The name. */
            name: string;
            /**
             * Format: int64
             * @description How many tracks are by this artist or on an album by this artist.
             */
            trackCount: number;
        };
        /**
         * @description What is added when the queue comes to its end.
         * @enum {string}
         */
        Autoplay: "off" | "similar" | "playlist";
        /** @description Work in the background, in tracks. */
        BackgroundView: {
            /**
             * Format: int64
             * @description Those whose loudness and waveform are known.
             */
            analysed: number;
            /**
             * Format: int64
             * @description Those whose picture was looked for.
             */
            covers: number;
            /**
             * Format: int64
             * @description Of these, those whose hash is known.
             */
            hashed: number;
            /**
             * Format: int64
             * @description Tracks that can be played.
             */
            tracks: number;
        };
        /** @description What a speaker has of one entry. */
        CachedEntryView: {
            /**
             * Format: uuid
             * @description The entry of the queue; one that is repeated comes more than once.
             */
            entry: string;
            /** @description `ready`, `partly` or `missing`. */
            state: string;
        };
        /** @description What a speaker has of its zone's plan. The counts are of files, each counted once. */
        CacheView: {
            /** @description The plan's first entries, in order. */
            entries: components["schemas"]["CachedEntryView"][];
            /**
             * Format: int32
             * @description Of which nothing is here.
             */
            missing: number;
            /**
             * Format: int32
             * @description Of which a part is here.
             */
            partly: number;
            /**
             * Format: int32
             * @description Here, whole and verified.
             */
            ready: number;
        };
        /**
         * @description Which of the two channels a speaker sounds.
         * @enum {string}
         */
        Channels: "stereo" | "left" | "right" | "mono" | "swapped";
        /** @description All of them. */
        ClientList: {
            /** @description By name. */
            clients: components["schemas"]["ClientView"][];
            /** @description How many. */
            count: number;
        };
        /** @description What `/api/speakers` says beyond the id. */
        ClientSpeaker: {
            /** @description From where it is connected. */
            address?: string | null;
            /** @description What people call it. */
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
             * @description Since when, milliseconds since 1970.
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
        /** @description What a restored coordinator will know. */
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
             * @description The edit, by which `POST /api/edits/{id}/undo` takes it back; null if the file said all of it already, or if
             *     nothing is kept.
             */
            editId?: string | null;
            /** @description What the one who asked should know, in sentences. */
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
             * @description When it was made.
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
         * @description Where new entries go.
         * @enum {string}
         */
        EnqueuePlace: "end" | "next" | "now" | "replace";
        /** @description What was added. */
        EnqueueReply: {
            /** @description How many were added. */
            added?: number;
            /**
             * Format: int64
             * @description When the first of them is heard, microseconds of server time; null unless they were to be played now.
             */
            at?: number | null;
            /** @description The new entries, the first thousand of them. */
            entries: components["schemas"]["QueueEntryView"][];
            /** @description Always true. */
            success: boolean;
        };
        /** @description What to add: by one of the fields that name tracks. */
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
            /** @description Where, by index; it wins over `place`. */
            index?: number | null;
            /** @description Where: `end` (default), `next`, `now` or `replace`. */
            place?: components["schemas"]["EnqueuePlace"];
            /** @description A playlist: its id or its name. */
            playlist?: string | null;
            /** @description What a search finds. */
            search?: string | null;
            /** @description One track. */
            trackId?: string | null;
            /** @description Several. */
            trackIds?: string[] | null;
        };
        /** @description An event as it is sent. */
        EventBody: {
            /**
             * Format: uuid
             * @description Which one; left out where there is only one.
             */
            id?: string | null;
            /** @description What its GET answers, without live figures (of a queue: `QueueState`); null: it is gone. */
            state?: Record<string, never> | null;
            /** @description What it is about: `zone`, `speaker`, ...; `resync`: forget everything, all that is follows; `synced`: that was all. */
            type: string;
            /**
             * Format: uuid
             * @description The zone that it belongs to.
             */
            zone?: string | null;
        };
        /** @description What is in a folder: its folders first, then its tracks, both over all parts. */
        FolderDetail: components["schemas"]["FolderView"] & {
            /** @description The folders in it by name. */
            folders: components["schemas"]["FolderView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
            /** @description The tracks in it by name; with `flat` all below by path. */
            tracks: components["schemas"]["TrackView"][];
        };
        /** @description The music folders. */
        FolderList: {
            /** @description As they are configured; those without music are left out. */
            folders: components["schemas"]["FolderView"][];
        };
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
            parent?: string | null;
            /** @description Where it is. */
            path: string;
            /**
             * Format: int64
             * @description How many tracks are in it and below.
             */
            trackCount: number;
        };
        /** @description A part of the genres. */
        GenreList: {
            /** @description In the order asked for. */
            genres: components["schemas"]["GenreView"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
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
            /**
             * Format: int64
             * @description How many tracks have it.
             */
            trackCount: number;
        };
        /** @description How the coordinator is. */
        HealthView: {
            /** @description Speakers that are connected. */
            clients: number;
            /**
             * Format: uuid
             * @description Names the clock; another after a restart.
             */
            clockId: string;
            /** @description How far the scan of the music folders is. */
            scan: components["schemas"]["ScanView"];
            /**
             * Format: int64
             * @description Now, microseconds of server time.
             */
            serverTime: number;
            /**
             * Format: int64
             * @description When it started, milliseconds since 1970: another after a restart or a restore.
             */
            startedAt?: number;
            /** @description `healthy`. */
            status: string;
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
            /**
             * Format: int64
             * @description Stretches, ever, that speakers had to drop since they were without a coordinator for too long.
             */
            dropped: number;
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
            /** @description The latest beginning first. */
            plays: components["schemas"]["PlayView"][];
        };
        /** @description What became of a playlist file. */
        ImportReply: {
            /** @description How many tracks the file names. */
            named: number;
            /** @description Those that the library does not have. */
            notFound: components["schemas"]["NotFound"][];
            /** @description The new playlist. */
            playlist: components["schemas"]["PlaylistView"];
        };
        /** @description Something in the music folders that is not as it should be. */
        LibraryFault: {
            /**
             * @description `fault` (a file that cannot be played), `warning` (it plays, but something is wrong with it) or `leftOut` (not a
             *     file that could be read).
             */
            kind: string;
            /** @description Where it is; bytes that are no text are shown as �. */
            path: string;
            /** @description What is wrong. */
            reason: string;
            /**
             * Format: uuid
             * @description The track, if it is one.
             */
            trackId?: string | null;
        };
        /** @description A part of the faults. */
        LibraryFaults: {
            /** @description In the order of their paths. */
            faults: components["schemas"]["LibraryFault"][];
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
            /** @description How many there are in all parts. */
            total: number;
        };
        /** @description The library's folders, the scan, and what follows in the background. */
        LibraryView: {
            /** @description What follows when tracks can be played already. */
            background: components["schemas"]["BackgroundView"];
            /**
             * Format: int64
             * @description Of these, looked at.
             */
            done: number;
            /**
             * Format: int64
             * @description Of these, those that cannot be played.
             */
            failed: number;
            /**
             * @description Why what was learned could not be saved, or what could not be looked at because of the machine, and what to do.
             *     What could not be looked at is kept as it is known.
             */
            fault?: string | null;
            /**
             * Format: date-time
             * @description When the last scan ended.
             */
            finishedAt?: string | null;
            /** @description The music folders. */
            folders: components["schemas"]["MusicFolderView"][];
            /**
             * Format: int64
             * @description Files that may be music, in all folders.
             */
            found: number;
            /**
             * Format: int64
             * @description Another one, and a greater one, whenever tracks came, went or changed: then what was read of them may be old.
             */
            revision?: number;
            /** @description Whether a scan is under way; else the figures are those of the last one. */
            scanning: boolean;
            /**
             * Format: date-time
             * @description When this scan, or the last one, began.
             */
            startedAt?: string | null;
            /** @description How many tracks are known, also those that cannot be played and those whose files are not there. */
            tracks?: number;
            /** @description Why changes are not seen at once everywhere, and what to do about it. */
            watchFault?: string | null;
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
         * @description By what tracks are made equally loud.
         * @enum {string}
         */
        Loudness: "off" | "track" | "album";
        /** @description Switch the metronome on or off. */
        MetronomeRequest: {
            /** @description Whether to tick. */
            on: boolean;
        };
        /** @description The metronome of a zone. */
        MetronomeView: {
            /**
             * Format: int64
             * @description The first tick, microseconds of server time; every fourth from there is louder.
             */
            at?: number | null;
            /**
             * Format: int32
             * @description From one tick to the next, microseconds.
             */
            intervalUs: number;
            /** @description Whether it ticks, or is about to. */
            on: boolean;
            /**
             * Format: int64
             * @description It ends by itself then, microseconds of server time.
             */
            until?: number | null;
        };
        /** @description Entries to be moved. */
        MovedEntries: {
            /** @description The entries, in the order that they are to have. */
            entries: string[];
            /** @description Where the first of them is to be when all are there. */
            index: number;
        };
        /** @description Which entries, and where they go. */
        MoveManyRequest: {
            /** @description They stand together then, in this order. */
            entries: string[];
            /** @description Before the entry that then has this index, counted without those that move; behind all if there is none. */
            index?: number | null;
            place?: components["schemas"]["EnqueuePlace"] | null;
        };
        /** @description Where entries of the queue go. */
        MoveRequest: {
            /** @description Before the entry that then has this index, counted without those that move; behind all if there is none. */
            index?: number | null;
            place?: components["schemas"]["EnqueuePlace"] | null;
        };
        /** @description One music folder. */
        MusicFolderView: {
            /**
             * Format: int64
             * @description Of these, looked at.
             */
            done: number;
            /**
             * Format: int64
             * @description Of these, those that cannot be played.
             */
            failed: number;
            /**
             * Format: int64
             * @description Files that may be music.
             */
            found: number;
            /** @description Its path. */
            path: string;
            /**
             * Format: double
             * @description Files read a second; null if none is being read.
             */
            rate?: number | null;
            /**
             * Format: double
             * @description Seconds until all are looked at, as far as can be told.
             */
            secondsLeft?: number | null;
            /**
             * @description `unknown` (not looked at), `present`, `empty` (though there was music in it: perhaps a disk is not mounted) or
             *     `missing`. Tracks of a folder that is not there are kept.
             */
            state: string;
            /** @description Whether all its files are found; before that `found` grows. */
            walked: boolean;
        };
        /** @description Tracks to be added. */
        NewEntries: {
            /** @description Where the first of them is to be; left out: at the end. */
            index?: number | null;
            /** @description The tracks. */
            trackIds: string[];
        };
        /** @description A new playlist: of tracks, or of a rule. */
        NewPlaylist: {
            /** @description Its name, 1 to 64 characters. */
            name: string;
            rule?: components["schemas"]["RuleView"] | null;
            /** @description Its tracks; none: it is empty. */
            trackIds?: string[];
        };
        /** @description A line that names a track that the library does not have. */
        NotFound: {
            /** @description The artist, if the file says who. */
            artist?: string | null;
            /** @description The line's number, from 1. */
            line: number;
            /** @description What stands there. */
            text: string;
            /** @description The title, if the file says what. */
            title?: string | null;
        };
        /** @description What a zone is to do later. */
        PendingView: {
            /**
             * Format: int64
             * @description When it is to be heard, microseconds of server time.
             */
            at: number;
            /** @description `play`, `pause`, `resume`, `seek`, `stop`, `next`, `previous` or `volume`. */
            what: string;
        };
        /** @description What came of a call. */
        PlaybackReply: {
            /**
             * Format: int64
             * @description When it is heard, microseconds of server time.
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
            currentTrack?: components["schemas"]["CurrentTrack"] | null;
            metronome?: components["schemas"]["MetronomeView"] | null;
            /** @description Whether the zone is silent, whatever the volume. */
            muted: boolean;
            /** @description What was asked for with an `at` that lies further ahead, the next first. It is not in the other fields yet. */
            pending?: components["schemas"]["PendingView"][];
            /** @description `playing`, `paused` or `stopped`. */
            playbackState: string;
            /** @description Whether the position advances from `at` on. */
            playing: boolean;
            /**
             * Format: double
             * @description The position at the instant `at`, seconds. Later, while `playing`: `position + (serverTime - at) / 1e6`.
             */
            position: number;
            /** @description Whether a start still waits for speakers to be ready. */
            preparing: boolean;
            /** @description The current entry's index in the queue. */
            queueIndex?: number | null;
            /** @description How many entries the queue has. */
            queueLength: number;
            /**
             * Format: int64
             * @description Grows with every change of the zone.
             */
            revision: number;
            /**
             * Format: int64
             * @description Now, microseconds of server time; a live figure, only in answers.
             */
            serverTime?: number | null;
            /** @description Repeat, shuffle and so on. */
            session?: components["schemas"]["SessionView"];
            /** @description How many speakers of the zone are connected. */
            speakers: number;
            sync?: components["schemas"]["SyncView"] | null;
            /**
             * Format: float
             * @description The zone's volume, 0..=100.
             */
            volume: number;
            /**
             * Format: float
             * @description The same in decibels; null: silent.
             */
            volumeDb?: number | null;
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
            next?: string | null;
        };
        /** @description What to change; what is left out stays. */
        PlaylistEdit: {
            /**
             * @description Another name.
             * @default null
             */
            name: string | null;
            /** @default null */
            rule: components["schemas"]["RuleView"] | null;
        };
        /** @description One place in a playlist. */
        PlaylistEntryView: {
            /** @description The artist, as last known. */
            artist: string;
            /** @description Whether its file is there. */
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
            entry?: string | null;
            /** @description The title, as last known. */
            title: string;
            track?: components["schemas"]["TrackView"] | null;
        };
        /** @description Hits of one kind. */
        PlaylistHits: {
            /** @description By name. */
            items: components["schemas"]["PlaylistView"][];
        };
        /** @description A part of the playlists. */
        PlaylistList: {
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
            /** @description By name. */
            playlists: components["schemas"]["PlaylistView"][];
        };
        /** @description A playlist. */
        PlaylistView: {
            /**
             * Format: int64
             * @description When it was last changed, seconds since 1970.
             */
            changed: number;
            /**
             * Format: int64
             * @description When it was made, seconds since 1970.
             */
            created: number;
            /**
             * Format: double
             * @description Their length, seconds; null if it has a rule.
             */
            duration?: number | null;
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
            rule?: components["schemas"]["RuleView"] | null;
            /**
             * Format: int64
             * @description How many entries it has; null if it has a rule.
             */
            trackCount?: number | null;
        };
        /** @description What to play. */
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
             * @description Where in the track to begin, seconds.
             */
            position?: number | null;
            /** @description Replace the queue by what this search finds. */
            search?: string | null;
            /** @description With which of them to begin; default 0, and any if the zone shuffles. */
            startIndex?: number | null;
            /** @description Replace the queue by this track. */
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
        /** @description Something that was played in a zone: all that its speakers sounded of an entry, breaks of up to a minute left out. */
        PlayView: {
            /** @description Its album. */
            album: string;
            /** @description Its artists. */
            artist: string;
            /** @description Whether any of it could be heard. */
            audible: boolean;
            /** @description Its composers. */
            composer: string;
            /** @description When it had ended. */
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
             * @description How long it was heard, seconds, on the speaker on which it was heard longest.
             */
            heard: number;
            /** @description When it began, RFC 3339, UTC. */
            start: string;
            /** @description What each speaker sounded, the earliest first. With `by=speaker` one. */
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
            /** @description What it was called then. */
            zoneName: string;
        };
        /** @description What to change of a preset. */
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
        /** @description A speaker of a preset. */
        PresetSpeakerView: {
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            /** @description Whether it is silent, whatever the volume. */
            muted: boolean;
            /** @description What it was called when the preset was saved. */
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
            volumeDb?: number | null;
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
             * @description When it was saved last.
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
            /** @description Whether it is silent, whatever the volume. */
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
            /** @description `precondition_failed`: the resource as it is now. */
            current?: Record<string, never> | null;
            /** @description This case, for people, with what to do. */
            detail: string;
            /** @description The field of the request that is to blame. */
            field?: string | null;
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
            /** @description How many go. */
            removed: number;
        };
        /** @description One place in the queue. */
        QueueEntryView: {
            /** @description Its album. */
            album?: string;
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
            /** @description Why it is skipped; null if it is not. */
            fault?: string | null;
            /** @description Its title. */
            title: string;
            /**
             * Format: uuid
             * @description The track.
             */
            trackId: string;
        };
        /**
         * @description In which order a queue is shown.
         * @enum {string}
         */
        QueueOrder: "queue" | "play";
        /** @description What an event says of a queue. */
        QueueState: {
            /** @description What became of the entries; null: too much for an event, so the queue is to be read again. */
            changes?: components["schemas"]["QueueChange"][] | null;
            /**
             * Format: uuid
             * @description The entry that plays, is held or comes first when the zone is started.
             */
            current?: string | null;
            /** @description Its index in the queue. */
            currentIndex?: number | null;
            /**
             * Format: int64
             * @description Whoever holds entries of this version makes `changes`, one after the other, and holds those of `version`.
             */
            since?: number | null;
            /** @description How many entries the queue has. */
            total: number;
            /**
             * Format: int64
             * @description `version` of the queue.
             */
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
            current?: string | null;
            /** @description Its index in the queue. */
            currentIndex?: number | null;
            /** @description In order. */
            entries: components["schemas"]["QueueEntryView"][];
            /** @description The `offset` of the part that follows; null: this was the last. */
            next?: number | null;
            /** @description The index of the first of `entries`. */
            offset?: number;
            /**
             * Format: int64
             * @description Grows with every change of the zone; no part of what the ETag stands for.
             */
            revision: number;
            /** @description How many entries the queue has. */
            total?: number;
            /**
             * Format: int64
             * @description Another one, and a greater one, whenever the queue is not as it was: other entries, another order, another title.
             */
            version?: number;
            /**
             * Format: uuid
             * @description The zone's id.
             */
            zoneId: string;
        };
        /** @description What came of a recall. */
        RecallReply: {
            /** @description What each speaker did: moved, or stayed, and has its volume. */
            targets: components["schemas"]["TargetReply"][];
            /** @description What each zone did. */
            zones: components["schemas"]["TargetReply"][];
        };
        /** @description When to recall. */
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
        /** @description Which entries. */
        RemoveRequest: {
            /** @description Those that are not in the queue do not matter. */
            entries: string[];
        };
        /**
         * @description What comes after the last entry, or after each.
         * @enum {string}
         */
        Repeat: "off" | "one" | "all";
        /** @description The speaker whose place another one takes. */
        ReplaceRequest: {
            /** @description Its id, or its name if no other has it. It must be gone. */
            speaker: string;
        };
        /** @description What was restored. */
        RestoreReply: {
            /** @description The folder, on the coordinator's machine, that keeps what was there before. */
            before: string;
            /** @description What is in it. */
            restored: components["schemas"]["Contents"];
            /** @description Always true. */
            success: boolean;
        };
        /** @description The rule of a smart playlist: its tracks are looked for each time. */
        RuleView: {
            /** @description At most so many tracks, 1..=10000; default 500. */
            limit?: number;
            /** @description What to look for; the grammar of `/api/search`. */
            query: string;
            /** @description In this order, as `/api/tracks` names them; null: the best hits first. */
            sort?: string | null;
        };
        /** @description As what a queue is saved. */
        SaveQueueRequest: {
            /** @description The name of the playlist, 1 to 64 characters. */
            name: string;
            /** @description Whether the entries of a playlist of this name are taken out for those of the queue; else that is `name_taken`. */
            replace?: boolean;
        };
        /** @description What to look through. */
        ScanRequest: {
            /**
             * @description A music folder, or a folder or file within one; all music folders if it is not named.
             * @default null
             */
            folder: string | null;
        };
        /** @description A scan of the music folders. */
        ScanView: {
            /**
             * Format: int64
             * @description Of these, looked at.
             */
            done: number;
            /**
             * Format: int64
             * @description Of these, those that cannot be played.
             */
            failed: number;
            /** @description Why what was learned could not be saved, or what could not be looked at because of the machine, and what to do. */
            fault?: string | null;
            /**
             * Format: date-time
             * @description When the last one ended.
             */
            finishedAt?: string | null;
            /**
             * Format: int64
             * @description Files that may be music.
             */
            found: number;
            /** @description Whether one is under way; else this is the last one. */
            running: boolean;
        };
        /** @description What was found. */
        SearchReply: {
            albums?: components["schemas"]["AlbumHits"] | null;
            artists?: components["schemas"]["ArtistHits"] | null;
            playlists?: components["schemas"]["PlaylistHits"] | null;
            /** @description What was typed. */
            query: string;
            /** @description What was searched for instead, because nothing matches what was typed; null if that was searched for. */
            searchedFor?: string | null;
            tracks?: components["schemas"]["TrackHits"] | null;
        };
        /**
         * @description What is looked for.
         * @enum {string}
         */
        SearchType: "track" | "album" | "artist" | "playlist";
        /** @description Where to go on. */
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
        /** @description What to change of a session. What is not named stays as it is (PATCH), or becomes what it is in a new zone (PUT). */
        SessionRequest: {
            autoplay?: components["schemas"]["Autoplay"] | null;
            /**
             * Format: uuid
             * @description The playlist for `autoplay`, by id.
             */
            autoplayPlaylist?: string | null;
            /**
             * Format: double
             * @description For how long two entries overlap, seconds: 0..=12. Never within an album, and not if one of them is shorter than
             *     twice that.
             */
            crossfadeSeconds?: number | null;
            /**
             * Format: double
             * @description How far below full scale peaks stay if there is no limiter, dB: 0..=15.
             */
            headroomDb?: number | null;
            /** @description Whether speakers limit peaks. */
            limiter?: boolean | null;
            loop?: components["schemas"]["LoopRequest"] | null;
            loudness?: components["schemas"]["Loudness"] | null;
            /**
             * Format: double
             * @description How much louder than the reference level, dB: -15..=15.
             */
            preampDb?: number | null;
            repeat?: components["schemas"]["Repeat"] | null;
            /**
             * Format: int64
             * @description What the shuffled order follows from; default: by chance.
             */
            seed?: number | null;
            /**
             * @description Whether entries are played in a shuffled order, which begins with the current one. `true` while it is shuffled
             *     changes nothing, unless another `seed` is named.
             */
            shuffle?: boolean | null;
        };
        /** @description How a zone goes through its queue. */
        SessionView: {
            /** @description What is added when the queue comes to its end. */
            autoplay: components["schemas"]["Autoplay"];
            /**
             * Format: uuid
             * @description The playlist of `autoplay`.
             */
            autoplayPlaylist?: string | null;
            /**
             * Format: double
             * @description For how long two entries overlap, seconds; never within an album.
             */
            crossfadeSeconds: number;
            /**
             * Format: float
             * @description How far below full scale peaks stay if there is no limiter, dB.
             */
            headroomDb: number;
            /** @description Whether speakers limit peaks. If not, gains leave room for them. */
            limiter: boolean;
            loop?: components["schemas"]["LoopView"] | null;
            /** @description By what tracks are made equally loud. */
            loudness: components["schemas"]["Loudness"];
            /**
             * Format: float
             * @description How much louder than the reference level (-18 LUFS), dB.
             */
            preampDb: number;
            /** @description What comes after the last entry, or after each. */
            repeat: components["schemas"]["Repeat"];
            /**
             * Format: int64
             * @description What the shuffled order follows from; null unless it is shuffled.
             */
            seed?: number | null;
            /** @description Whether entries are played in a shuffled order. */
            shuffle: boolean;
        };
        /** @description All speakers. */
        SpeakerList: {
            /** @description How many. */
            count: number;
            /** @description By name. */
            speakers: components["schemas"]["SpeakerView"][];
        };
        /** @description What to change; what is not named stays. */
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
            /** @description What people call it. */
            name?: string | null;
            /**
             * Format: int64
             * @description What lies behind its sound card, microseconds, signed.
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
        /** @description A speaker: what people set, and what it said of itself last. All from `state` on is null until it reported. */
        SpeakerView: {
            /** @description From where it is connected. */
            address?: string | null;
            /**
             * Format: int32
             * @description Decoded audio waiting, milliseconds.
             */
            bufferMs?: number | null;
            cache?: components["schemas"]["CacheView"] | null;
            /** @description Which of the two channels it sounds: `stereo`, `left`, `right`, `mono` or `swapped`. */
            channels?: components["schemas"]["Channels"];
            /** @description `agent` or `browser`. */
            class: string;
            /** @description Whether it is connected now. */
            connected: boolean;
            /**
             * Format: double
             * @description The correction in force, beyond what the crystals differ by.
             */
            correctionPpm?: number | null;
            /**
             * Format: double
             * @description Its sound card's crystal against its own clock.
             */
            dacPpm?: number | null;
            /**
             * Format: uuid
             * @description The entry it is at.
             */
            entry?: string | null;
            /**
             * Format: double
             * @description What its clock estimate may be wrong by, microseconds.
             */
            errorBoundUs?: number | null;
            /** @description How its machine is. */
            health?: Record<string, never> | null;
            /**
             * Format: uuid
             * @description For life.
             */
            id: string;
            /** @description What people wrote on it. */
            labels?: {
                [key: string]: string;
            };
            /** @description What failed last. */
            lastError?: Record<string, never> | null;
            /**
             * Format: date-time
             * @description When it was connected last, or now if it is.
             */
            lastSeen: string;
            /**
             * Format: float
             * @description It is never louder than this, 0..=100, whatever the volumes.
             */
            maxVolume?: number;
            /**
             * Format: float
             * @description It is never less loud than this, 0..=100, whatever the volumes; only muted.
             */
            minVolume?: number;
            /** @description Silent, whatever the volume. */
            muted: boolean;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int64
             * @description Server time minus its own clock, microseconds.
             */
            offsetUs?: number | null;
            /**
             * Format: int64
             * @description What lies behind its sound card, microseconds, signed.
             */
            outputDelayUs: number;
            /**
             * Format: int64
             * @description How often its output was lost and reopened.
             */
            outputLosses?: number | null;
            /**
             * Format: double
             * @description Where in the entry, seconds; null if the rate is not known.
             */
            position?: number | null;
            /**
             * Format: int64
             * @description Where in the entry, frames.
             */
            positionFrames?: number | null;
            /**
             * Format: int64
             * @description How often it jumped to the right position.
             */
            reanchors?: number | null;
            /**
             * Format: int64
             * @description How old the report is, milliseconds.
             */
            reportAgeMs?: number | null;
            /**
             * Format: double
             * @description The least round trip, microseconds.
             */
            roundTripUs?: number | null;
            /**
             * Format: double
             * @description Server time against its own clock.
             */
            skewPpm?: number | null;
            /**
             * Format: int64
             * @description How often its decoder was late.
             */
            starved?: number | null;
            /** @description `idle`, `preparing`, `playing`, `paused`, `faulted`. */
            state?: string | null;
            /**
             * Format: double
             * @description Where it is minus where it should be, microseconds, late is positive; as it believes.
             */
            syncErrorUs?: number | null;
            truth?: components["schemas"]["TruthView"] | null;
            /**
             * Format: int64
             * @description How often its sound card ran dry.
             */
            underruns?: number | null;
            /** @description Its version. */
            version?: string | null;
            /**
             * Format: float
             * @description Its own volume, 0..=100; the zone's comes on top.
             */
            volume: number;
            /**
             * Format: float
             * @description The same in decibels; null: silent.
             */
            volumeDb?: number | null;
            /** @description The name of its zone. */
            zone: string;
            /**
             * Format: uuid
             * @description The id of its zone.
             */
            zoneId: string;
        };
        /** @description What one speaker sounded of an entry without a break. */
        StretchView: {
            /** @description Whether it could be heard: not muted, and no volume of 0. */
            audible: boolean;
            /** @description The speaker went down: it may have sounded some seconds longer. */
            cut: boolean;
            /** @description When the last frame had been heard. */
            end: string;
            /**
             * Format: int64
             * @description The first frame of the file that was sounded.
             */
            fromFrames: number;
            /**
             * Format: double
             * @description How long it was heard, seconds: 0 if it was muted or at volume 0.
             */
            heard: number;
            /** @description How the instant is known: by the `coordinator`'s clock, by the `speaker`'s wall clock, or by its `arrival` here. */
            knownBy: string;
            /**
             * Format: int64
             * @description Frames in between that were not sounded, in gaps of less than a quarter of a second.
             */
            missingFrames: number;
            /**
             * Format: int32
             * @description The file's frames a second.
             */
            sampleRate: number;
            /**
             * Format: uuid
             * @description The speaker.
             */
            speaker: string;
            /** @description What it was called then. */
            speakerName: string;
            /** @description When the first frame was heard, RFC 3339, UTC. */
            start: string;
            /**
             * Format: int64
             * @description The frame before which it ended.
             */
            toFrames: number;
        };
        /**
         * @description How far apart the agents of a zone are, microseconds, as their reports of the last seconds say; null where fewer than
         *     two play. What a browser says of itself does not count.
         */
        SyncView: {
            /**
             * Format: double
             * @description By how much the true spread may exceed `spreadUs`, for all that is known of clocks.
             */
            boundUs?: number | null;
            /**
             * Format: double
             * @description The greatest of the last five minutes.
             */
            maxUs?: number | null;
            /**
             * Format: double
             * @description What 95 % of the last five minutes, read once a second, did not exceed.
             */
            p95Us?: number | null;
            /** @description How many speakers this is of. */
            speakers: number;
            /**
             * Format: double
             * @description The latest minus the earliest.
             */
            spreadUs?: number | null;
        };
        /** @description Which zone, and when. */
        Target: {
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /** @description The zone's name or id; default `all`. Not looked at if the path names the zone. */
            zone?: string | null;
        };
        /** @description What one target did. */
        TargetReply: {
            /** @description Why not; or `speaker_away`, if it is only kept. Stable, for programs. */
            code?: string | null;
            /** @description The same for people. */
            detail?: string | null;
            /**
             * Format: uuid
             * @description The speaker's id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description Whether it is done. Of a speaker that is away: it is kept, and in force when it returns. */
            ok: boolean;
        };
        /** @description What each target did. */
        TargetsReply: {
            /** @description One for each speaker that was meant, by name. */
            targets: components["schemas"]["TargetReply"][];
        };
        /** @description What to change in a track's tags; what is left out stays, an empty text or list or a 0 removes. */
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
             * Format: int32
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
             * Format: int32
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
            next?: string | null;
        };
        /** @description A part of the list. */
        TrackList: {
            /** @description The `cursor` of the part that follows; null: this was the last. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many there are in all parts.
             */
            total: number;
            /** @description In the order asked for; by artist, album, disc, number and title if none was. */
            tracks: components["schemas"]["TrackView"][];
        };
        /** @description A track. */
        TrackView: {
            /**
             * Format: int64
             * @description When it was first seen, seconds since 1970.
             */
            added?: number;
            /** @description The album; empty if not known. */
            album: string;
            /** @description The album's artists, with commas between; empty if the file does not say. */
            albumArtist?: string;
            /**
             * Format: uuid
             * @description The album's id; null if it is on none.
             */
            albumId?: string | null;
            /** @description The artists, with commas between; empty if not known. */
            artist: string;
            /** @description The artists, each by itself. */
            artists?: string[];
            /** @description Whether its file is there. */
            available?: boolean;
            /**
             * Format: int64
             * @description The file's size, bytes.
             */
            bytes: number;
            /**
             * Format: int32
             * @description Channels.
             */
            channels: number;
            /** @description The composers, with commas between; empty if not known. */
            composer?: string;
            /** @description BLAKE3 of its picture: its name under `/api/covers/`. */
            cover?: string | null;
            /**
             * Format: int32
             * @description The number of its disc.
             */
            discNo?: number | null;
            /**
             * Format: double
             * @description Its length, seconds.
             */
            duration: number;
            /** @description Why it cannot be played; null if it can. */
            fault?: string | null;
            /** @description The kind of file. */
            format: string;
            /**
             * Format: int64
             * @description Its length, frames.
             */
            frames: number;
            /** @description The genres. */
            genres?: string[];
            /** @description BLAKE3 of the file's bytes: its name under `/media/`. Empty as long as it is not known. */
            hash: string;
            /**
             * Format: uuid
             * @description Survives moving and retagging of the file.
             */
            id: string;
            /**
             * Format: int32
             * @description Frames a second.
             */
            sampleRate: number;
            /** @description The title; the file's name if it has none. */
            title: string;
            /**
             * Format: int32
             * @description Its number on the disc.
             */
            trackNo?: number | null;
            /**
             * Format: int32
             * @description The year of publication.
             */
            year?: number | null;
        };
        /** @description The truth of a virtual device. */
        TruthView: {
            /**
             * Format: double
             * @description When that frame was due, microseconds of server time.
             */
            contentUs: number;
            /**
             * Format: int64
             * @description When a frame left it, nanoseconds of its machine's raw clock.
             */
            rawNs: number;
        };
        /** @description How loud. */
        VolumeRequest: {
            /**
             * Format: int64
             * @description Not before this instant, microseconds of server time. Default: as soon as every speaker can.
             */
            at?: number | null;
            /** @description Silent, whatever the volume. */
            muted?: boolean | null;
            /**
             * Format: int32
             * @description How long the change takes, milliseconds; default 50.
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
            /**
             * Format: int64
             * @description How many tracks were published in it.
             */
            trackCount: number;
            /**
             * Format: int32
             * @description The year.
             */
            year: number;
        };
        /** @description What became of a deleted zone. */
        ZoneDeletedReply: {
            /** @description Its speakers, which are in the default zone now. */
            moved: string[];
            /** @description Always true. */
            success: boolean;
        };
        /** @description What to change of a zone; what is not named stays. */
        ZoneEditRequest: {
            /**
             * Format: int64
             * @description HowLoud: not before this instant, microseconds of server time.
             */
            at?: number | null;
            /** @description Silent, whatever the volume. */
            muted?: boolean | null;
            /** @description What people call it. No two zones share a name, upper and lower case alike. */
            name?: string | null;
            /**
             * Format: int32
             * @description How long the change of loudness takes, milliseconds; default 50.
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
        /**
         * @description A zone. The position in `state` is told from the instant at which what plays began (see `at` there), so that this
         *     changes only when something changes. `serverTime` and `sync` in `state` are live figures.
         */
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
            /** @description What it plays. */
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
