/** First key of every advisory lock of Windlass: "wind" in ASCII. PostgreSQL keeps such locks apart by database. */
export const WINDLASS = 0x77696e64;
